import type {
  ObservedNode,
  ObservedWorkload,
  PodShape,
} from "../../../mod/pure/objects/observed.ts";
import type { MetaValue, WantedValue } from "../../../mod/pure/bucket/wire.ts";
import type { WantsRules } from "../../../mod/pure/wants/wants_fold.ts";

/** What counts without any setting. */
export const SAMPLE_RULES: WantsRules = {
  listSpaces: ["*"],
  ignoreSpaces: [],
  ignoreImages: [],
  listImages: [],
  keepRevisions: 1,
};

/** A node with nothing special. */
export function sampleNode(name: string, rest: Partial<ObservedNode> = {}): ObservedNode {
  return {
    name,
    uid: `uid-${name}`,
    labels: { "kubernetes.io/hostname": name },
    taints: [],
    architecture: "amd64",
    os: "linux",
    unschedulable: false,
    skip: false,
    ...rest,
  };
}

/** An image that may run anywhere. */
export function sampleWanted(reference: string, rest: Partial<WantedValue> = {}): WantedValue {
  return { v: 1, reference, priority: 0, placements: [{}], pullSecrets: [], ...rest };
}

/** A Deployment in namespace `shop` that runs `references`. */
export function sampleWorkload(
  name: string,
  references: readonly string[],
  rest: Partial<ObservedWorkload> & Partial<Omit<PodShape, "wants">> = {},
): ObservedWorkload {
  const { placement = {}, pullSecrets = [], priority, ...others } = rest;
  const wants = references.map((reference, index) => ({
    written: reference,
    reference,
    container: `c${index}`,
  }));
  const shape = { wants, placement, pullSecrets, ...(priority !== undefined && { priority }) };
  return {
    kind: "Deployment",
    namespace: "shop",
    name,
    skip: false,
    shapes: [shape],
    faults: [],
    ...others,
  };
}

/** A bucket written by one controller. */
export function sampleMeta(source: MetaValue["source"]): MetaValue {
  const since = "2026-01-01T00:00:00.000Z";
  return { v: 1, source, writer: "controller-0", since, reads: ["beat", "part"] };
}
