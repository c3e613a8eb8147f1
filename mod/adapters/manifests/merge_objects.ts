import { isGeneratedName } from "../../pure/wants/observe_metadata.ts";
import type {
  Observed,
  ObservedNamespace,
  ObservedNode,
  ObservedWorkload,
} from "../../pure/wants/observed.ts";
import type { Located } from "./file_records.ts";

/** All objects. */
export interface MergedObjects {
  readonly workloads: readonly ObservedWorkload[];
  readonly nodes: readonly ObservedNode[];
  readonly namespaces: readonly ObservedNamespace[];
  /** Kinds of which there is an object: only those can speak for what they own. */
  readonly kinds: ReadonlySet<string>;
  /** Objects that came more than once, one line each time. */
  readonly duplicates: readonly string[];
}

/**
 * Merges what the files hold. Of a workload that comes twice the images of both count: which of
 * them runs cannot be told. Of a node and a namespace the last one counts.
 */
export function mergeObjects(located: Iterable<Located>): MergedObjects {
  const workloads: ObservedWorkload[] = [];
  const nodes = new Map<string, ObservedNode>();
  const namespaces = new Map<string, ObservedNamespace>();
  const duplicates: string[] = [];
  const files = new Map<string, string>();
  for (const { file, object } of located) {
    const title = titleOf(object);
    const earlier = title === undefined ? undefined : files.get(title);
    if (earlier !== undefined) {
      duplicates.push(`${title} is in "${earlier}" and again in "${file}"`);
    }
    if (title !== undefined) files.set(title, file);
    if (object.type === "workload") workloads.push(object.workload);
    if (object.type === "node") nodes.set(object.node.name, object.node);
    if (object.type === "namespace") namespaces.set(object.namespace.name, object.namespace);
  }
  return {
    workloads,
    nodes: [...nodes.values()],
    namespaces: [...namespaces.values()],
    kinds: new Set(workloads.map(({ kind }) => kind)),
    duplicates,
  };
}

/** What an object is called; undefined for one without a name of its own. */
function titleOf(object: Observed): string | undefined {
  switch (object.type) {
    case "workload": {
      const { kind, namespace, name } = object.workload;
      if (name === "" || isGeneratedName(name)) return undefined;
      return `${kind} ${namespace}/${name}`;
    }
    case "node":
      return `Node ${object.node.name}`;
    case "namespace":
      return `Namespace ${object.namespace.name}`;
    case "ignored":
      return undefined;
    default:
      return object satisfies never;
  }
}
