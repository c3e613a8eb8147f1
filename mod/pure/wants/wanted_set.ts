import type { WantsFault } from "./asked.ts";
import type { WantedImage } from "./wanted_entry.ts";
import type { WithheldImage } from "./withheld.ts";

/** Everything that is wanted. Does not depend on the order of the input. */
export interface WantedSet {
  /** By canonical reference, in its order. */
  readonly images: ReadonlyMap<string, WantedImage>;
  readonly faults: readonly WantsFault[];
  /**
   * Canonical references that templates name, and by what their pods show or showed none of them
   * asks for, or that are withheld; nothing else wants them either.
   */
  readonly contradicted: ReadonlySet<string>;
  /**
   * What pods ask for in vain by the rule `warm-images/private`, by canonical reference, in its order;
   * others may still want it.
   */
  readonly withheld: ReadonlyMap<string, WithheldImage>;
  /** In how many ms what pods showed is forgotten next, if no object changes before. */
  readonly nextInMs?: number | undefined;
}
