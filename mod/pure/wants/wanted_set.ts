import type { WantsFault } from "./asked.ts";
import type { WantedImage } from "./wanted_entry.ts";

/** Everything that is wanted. Does not depend on the order of the input. */
export interface WantedSet {
  /** By canonical reference, in its order. */
  readonly images: ReadonlyMap<string, WantedImage>;
  readonly faults: readonly WantsFault[];
  /**
   * Canonical references that templates name, and by what their pods show or showed none of them
   * asks for; nothing else wants them either.
   */
  readonly contradicted: ReadonlySet<string>;
  /** In how many ms what pods showed is forgotten next, if no object changes before. */
  readonly nextInMs?: number | undefined;
}
