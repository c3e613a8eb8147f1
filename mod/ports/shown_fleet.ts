import type { WantedValues } from "../pure/bucket/wanted_values.ts";
import type { Fleet } from "../pure/fleet/fleet.ts";

/** What people are shown of the bucket; whoever follows it keeps this up to date. */
export interface ShownFleet {
  readonly fleet: Fleet;
  /** What is wanted, with where it may run. */
  readonly wanted: WantedValues;
  /** Texts of `meta`, `benefit`, `node.*`, `wanted.*` and `why.*`, by key. */
  readonly held: ReadonlyMap<string, string>;
  /** False until the bucket has been read once, and while it is read again. */
  readonly synced: boolean;
  /** Calls `listener` after each change, until disposed: it has to return at once. */
  onChange(listener: () => void): Disposable;
}
