import type { ObservedNode } from "../wants/observed.ts";
import { META_KEY, nodeKey, wantedKey, whyKey } from "./state_keys.ts";
import type { WantedImage, WantedSet } from "../wants/wanted_set.ts";
import type { MetaValue, NodeValue, WantedValue, WhyValue } from "./wire.ts";
import { withoutUnset } from "../without_unset.ts";

/** Reasons that `why.<image>` names; its count is of all. */
const MAX_REASONS = 20;

/** What `desiredState()` is made from. */
export interface DesiredInput {
  readonly set: WantedSet;
  readonly nodes: Iterable<ObservedNode>;
  readonly meta: MetaValue;
  /** Bytes of images that some node has reported, by canonical reference. */
  readonly sizes: ReadonlyMap<string, number>;
}

/** Keys and values that the bucket should hold; `Retention` decides about what is there beyond. */
export function desiredState(input: DesiredInput): Map<string, string> {
  const desired = new Map<string, string>([[META_KEY, JSON.stringify(input.meta)]]);
  for (const node of input.nodes) {
    const value: NodeValue = { v: 1, ...node };
    desired.set(nodeKey(node.name), JSON.stringify(value));
  }
  for (const [reference, image] of input.set.images) {
    const value = wantedValue(image, input.sizes.get(reference));
    desired.set(wantedKey(reference), JSON.stringify(value));
    desired.set(whyKey(reference), JSON.stringify(whyValue(image)));
  }
  return desired;
}

/** What must be written and deleted so that the bucket holds what is desired. */
export interface StateDiff {
  readonly puts: ReadonlyMap<string, string>;
  /** Keys that the bucket holds and nothing desires. */
  readonly unwantedKeys: readonly string[];
}

/** Compares what is desired with what the bucket holds. */
export function diffState(
  desired: ReadonlyMap<string, string>,
  held: ReadonlyMap<string, string>,
): StateDiff {
  const puts = new Map<string, string>();
  for (const [key, value] of desired) {
    if (held.get(key) !== value) puts.set(key, value);
  }
  return { puts, unwantedKeys: [...held.keys()].filter((key) => !desired.has(key)) };
}

function wantedValue(image: WantedImage, sizeBytes: number | undefined): WantedValue {
  const { reference, priority, neededBy, placements, pullSecrets } = image;
  return withoutUnset({
    v: 1,
    reference,
    priority,
    placements,
    pullSecrets,
    neededBy,
    sizeBytes,
  });
}

function whyValue({ reasons }: WantedImage): WhyValue {
  return { v: 1, count: reasons.length, reasons: reasons.slice(0, MAX_REASONS) };
}
