import type { WantsFault } from "./asked.ts";
import type { WantedImage } from "./wanted_entry.ts";

/** Everything that is wanted. Does not depend on the order of the input. */
export interface WantedSet {
  /** By canonical reference, in its order. */
  readonly images: ReadonlyMap<string, WantedImage>;
  readonly faults: readonly WantsFault[];
}
