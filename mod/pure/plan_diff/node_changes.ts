import { inKeyOrder } from "../in_key_order.ts";
import type { ImageChange } from "./image_change.ts";

/** What would change on one node. */
export interface NodeChange {
  readonly node: string;
  readonly comes: Amount;
  readonly goes: Amount;
}

/** So many images; layers that they share count with each. */
export interface Amount {
  readonly images: number;
  /** Of those whose size is known, as registries store them; what is there already is not pulled. */
  readonly bytes: number;
  /** How many have a size that nobody has told. */
  readonly unknown: number;
}

const NONE: Amount = { images: 0, bytes: 0, unknown: 0 };

/** Sums changes up by node, in the order of their names. */
export function nodeChanges(changes: readonly ImageChange[]): NodeChange[] {
  const nodes = new Map<string, NodeChange>();
  const put = (names: ImageChange["on"], which: "comes" | "goes", change: ImageChange) => {
    if (typeof names === "string") return;
    for (const node of names) {
      const known = nodes.get(node) ?? { node, comes: NONE, goes: NONE };
      nodes.set(node, { ...known, [which]: more(known[which], change) });
    }
  };
  for (const change of changes) {
    put(change.on, "comes", change);
    put(change.off, "goes", change);
  }
  return inKeyOrder(nodes).map(([, node]) => node);
}

function more({ images, bytes, unknown }: Amount, { sizeBytes, isThere }: ImageChange): Amount {
  const pulled = isThere ? 0 : sizeBytes;
  return {
    images: images + 1,
    bytes: bytes + (pulled ?? 0),
    unknown: unknown + (pulled === undefined ? 1 : 0),
  };
}
