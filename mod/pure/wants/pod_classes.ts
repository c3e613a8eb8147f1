import { inKeyOrder } from "../in_key_order.ts";
import type {
  ObservedPriorityClass,
  ObservedRuntimeClass,
  Placement,
  PodShape,
} from "../objects/observed.ts";
import { orderedTolerations } from "../placement/pod_placement.ts";
import { unlessEmpty } from "../unless_empty.ts";
import { withoutUnset } from "../without_unset.ts";

/** What the classes of a cluster add to the pods that name them. */
export class PodClasses {
  readonly #runtime = new Map<string, ObservedRuntimeClass>();
  readonly #priorities = new Map<string, number>(SYSTEM_PRIORITIES);
  readonly #merged = new Map<string, WeakMap<Placement, Placement>>();
  #defaultPriority = 0;

  constructor(
    runtimeClasses: Iterable<ObservedRuntimeClass>,
    priorityClasses: Iterable<ObservedPriorityClass>,
  ) {
    for (const each of runtimeClasses) this.#runtime.set(each.name, each);
    for (const { name, value, globalDefault } of priorityClasses) {
      this.#priorities.set(name, value);
      if (globalDefault) this.#defaultPriority = value;
    }
  }

  /** Pods have the number, written by the API server; templates only have the name of the class. */
  priorityOf({ priority, priorityClass }: PodShape): number {
    if (priority !== undefined) return priority;
    if (priorityClass === undefined) return this.#defaultPriority;
    return this.#priorities.get(priorityClass) ?? 0;
  }

  /**
   * Where pods of this shape may run: a RuntimeClass adds a selector and tolerations
   * (https://kubernetes.io/docs/concepts/containers/runtime-class/#scheduling). One that is not
   * known adds nothing, as pods show themselves what it added.
   */
  placementOf({ placement, runtimeClass }: PodShape): Placement {
    const added = runtimeClass === undefined ? undefined : this.#runtime.get(runtimeClass);
    if (added === undefined) return placement;
    const known = this.#merged.get(added.name) ?? new WeakMap<Placement, Placement>();
    this.#merged.set(added.name, known);
    const merged = known.get(placement) ?? mergedPlacement(placement, added);
    known.set(placement, merged);
    return merged;
  }
}

/** The two classes that every cluster has (pkg/apis/scheduling/types.go); users make the others. */
const SYSTEM_PRIORITIES: readonly (readonly [string, number])[] = [
  ["system-node-critical", 2_000_001_000],
  ["system-cluster-critical", 2_000_000_000],
];

/** In the order of `placementOf()`: equal placements have to give equal JSON. */
function mergedPlacement(placement: Placement, added: ObservedRuntimeClass): Placement {
  const { nodeSelector, affinity, tolerations = [], ...rest } = placement;
  const labels = { ...nodeSelector, ...added.nodeSelector };
  return withoutUnset({
    nodeSelector: unlessEmpty(Object.fromEntries(inKeyOrder(Object.entries(labels)))),
    affinity,
    tolerations: unlessEmpty(orderedTolerations([...tolerations, ...added.tolerations ?? []])),
    ...rest,
  });
}
