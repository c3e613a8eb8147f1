import type { Placement } from "../objects/observed.ts";
import type { KeptMode } from "./private_mode.ts";

/** A Secret of a namespace by which its pods pull, by name only. */
export interface PullSecret {
  readonly namespace: string;
  readonly name: string;
}

/** How an image may be had where it takes a login, and how it is kept then. */
export interface PrivateUse {
  readonly mode: KeptMode;
  /** Where pods of namespaces in this mode may run; absent: wherever the image is wanted. */
  readonly placements?: readonly Placement[];
  /** What those pods name; none: only a login that the node itself has may be used. */
  readonly secrets: readonly PullSecret[];
}

/** A Secret as people write it, such as `shop/regcred`. */
export function secretName({ namespace, name }: PullSecret): string {
  return `${namespace}/${name}`;
}
