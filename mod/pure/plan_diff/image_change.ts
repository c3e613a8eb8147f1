/**
 * What would become of one image:
 * - `comes`: it would be wanted, and is not
 * - `goes`: nothing would want it any more
 * - `moves`: it would be wanted on other nodes than now
 * - `stays`: objects would drop it, and `why` says what keeps it
 */
export interface ImageChange {
  readonly change: "comes" | "goes" | "moves" | "stays";
  /** Canonical reference. */
  readonly image: string;
  /** Who would want it, or wants it now and would drop it; or what keeps it. In words. */
  readonly why: readonly string[];
  /** Nodes that would have it in addition; in words where no node is known. */
  readonly on: readonly string[] | string;
  /** Nodes that would not have it any more; in words where no node is known. */
  readonly off: readonly string[] | string;
  /** As registries store it; absent where nobody has told. */
  readonly sizeBytes?: number;
  /** Whether it still lies on nodes: nothing wanted it for a short time only. */
  readonly isThere?: true;
}
