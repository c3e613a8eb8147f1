import type { Observation, WantsSource } from "../../../mod/ports/wants_source.ts";
import type {
  Observed,
  ObservedNamespace,
  ObservedNode,
  ObservedPod,
  ObservedWorkload,
} from "../../../mod/pure/objects/observed.ts";

/** A source that holds what the test puts into it; its follower hears of it by `changed()` alone. */
export interface ScriptedSource extends WantsSource {
  synced: boolean;
  readonly unread: Set<string>;
  readonly kinds: Set<string>;
  /** By name. */
  readonly workloads: Map<string, ObservedWorkload>;
  /** What pods show that a workload has made. */
  readonly pods: ObservedPod[];
  readonly namespaces: Map<string, ObservedNamespace>;
  readonly nodes: Map<string, ObservedNode>;
  readonly faults: string[];
  /** How often `observe()` was called. */
  readonly observed: number;
  /** Adds workloads and nodes, or replaces those of the same name; calls `changed()`. */
  put(...objects: readonly (ObservedWorkload | ObservedNode)[]): void;
  /** Removes workloads and nodes of this name; calls `changed()`. */
  remove(name: string): void;
  /** Tells the follower that the observation has changed. */
  changed(): void;
}

/** Makes an empty source that is in sync. */
export function scriptedSource(type: WantsSource["type"] = "kubernetes"): ScriptedSource {
  let tell: ((cause: string) => void) | undefined;
  let observed = 0;
  const source: ScriptedSource = {
    type,
    synced: true,
    unread: new Set(),
    kinds: new Set(["Deployment", "Node"]),
    workloads: new Map(),
    pods: [],
    namespaces: new Map(),
    nodes: new Map(),
    faults: [],
    get observed() {
      return observed;
    },
    put(...objects) {
      for (const object of objects) {
        if ("shapes" in object) source.workloads.set(object.name, object);
        else source.nodes.set(object.name, object);
      }
      source.changed();
    },
    remove(name) {
      source.workloads.delete(name);
      source.nodes.delete(name);
      source.changed();
    },
    changed: () => tell?.("scripted change"),
    async follow({ signal, changed }) {
      tell = changed;
      changed("scripted start");
      await aborted(signal);
      tell = undefined;
    },
    observe(): Observation {
      observed++;
      // Iterators that run once: a real source may hand out no more.
      return {
        synced: source.synced,
        unread: source.unread,
        kinds: source.kinds,
        records: recordsOf(source),
        notFollowed: [],
        faults: [...source.faults],
      };
    },
  };
  return source;
}

function* recordsOf(source: ScriptedSource): Generator<Observed> {
  for (const workload of source.workloads.values()) yield { type: "workload", workload };
  for (const pod of source.pods) yield { type: "pod", pod };
  for (const namespace of source.namespaces.values()) yield { type: "namespace", namespace };
  for (const node of source.nodes.values()) yield { type: "node", node };
}

/** Resolves when `signal` aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
