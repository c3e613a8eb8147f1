import type {
  Observed,
  ObservedNamespace,
  ObservedNode,
  ObservedWorkload,
} from "../../pure/objects/observed.ts";
import type { Located } from "./file_records.ts";

/** All objects, each once. */
export interface MergedObjects {
  readonly workloads: readonly ObservedWorkload[];
  readonly nodes: readonly ObservedNode[];
  readonly namespaces: readonly ObservedNamespace[];
  /** Kinds of which there is an object: only those can speak for what they own. */
  readonly kinds: ReadonlySet<string>;
  /** Objects that came twice, one line each. */
  readonly duplicates: readonly string[];
}

/** Merges what the files hold; of objects that come twice the last one counts. */
export function mergeObjects(located: Iterable<Located>): MergedObjects {
  const merged = new Map<string, Located>();
  const duplicates: string[] = [];
  let nameless = 0;
  for (const each of located) {
    const title = titleOf(each.object);
    const earlier = title === undefined ? undefined : merged.get(title);
    if (earlier) {
      duplicates.push(`${title} is in "${earlier.file}" and again in "${each.file}"`);
      merged.delete(title ?? "");
    }
    merged.set(title ?? `nameless ${nameless++}`, each);
  }
  return { ...sorted([...merged.values()].map(({ object }) => object)), duplicates };
}

function titleOf(object: Observed): string | undefined {
  switch (object.type) {
    case "workload": {
      const { kind, namespace, name } = object.workload;
      return name === "" ? undefined : `${kind} ${namespace}/${name}`;
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

function sorted(objects: readonly Observed[]): Omit<MergedObjects, "duplicates"> {
  const workloads: ObservedWorkload[] = [];
  const nodes: ObservedNode[] = [];
  const namespaces: ObservedNamespace[] = [];
  for (const object of objects) {
    if (object.type === "workload") workloads.push(object.workload);
    if (object.type === "node") nodes.push(object.node);
    if (object.type === "namespace") namespaces.push(object.namespace);
  }
  return { workloads, nodes, namespaces, kinds: new Set(workloads.map(({ kind }) => kind)) };
}
