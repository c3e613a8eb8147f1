import type { Observed } from "../../pure/objects/observed.ts";
import type { Located } from "./file_records.ts";

/** All objects, each once. */
export interface MergedObjects {
  readonly records: readonly Observed[];
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
  return { records: [...merged.values()].map(({ object }) => object), duplicates };
}

function titleOf(object: Observed): string | undefined {
  switch (object.type) {
    case "workload": {
      const { kind, namespace, name } = object.workload;
      return name === "" || name.endsWith("*") ? undefined : `${kind} ${namespace}/${name}`;
    }
    case "node":
      return `Node ${object.node.name}`;
    case "namespace":
      return `Namespace ${object.namespace.name}`;
    default:
      return undefined;
  }
}
