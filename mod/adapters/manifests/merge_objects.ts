import type { Observed, ObservedWorkload } from "../../pure/objects/observed.ts";
import { unlessEmpty } from "../../pure/unless_empty.ts";
import { withoutUnset } from "../../pure/without_unset.ts";
import type { Located } from "./file_records.ts";

/** All objects, each name once. */
export interface MergedObjects {
  readonly records: readonly Observed[];
  /** Number of objects before they were merged. */
  readonly objects: number;
  /** Objects that came more than once, one line each time. */
  readonly duplicates: readonly string[];
}

/**
 * Merges what the files hold. Of workloads with the same name the images of all count, as which of
 * them runs cannot be told; of other objects the last one counts. Workloads whose name is generated
 * are numbered.
 */
export function mergeObjects(located: Iterable<Located>): MergedObjects {
  const workloads = new Map<string, ObservedWorkload[]>();
  const named = new Map<string, Observed>();
  const rest: Observed[] = [];
  const files = new Map<string, string>();
  const duplicates: string[] = [];
  let objects = 0;
  const generated = new Map<string, number>();
  for (const { file, object: found } of located) {
    objects++;
    const object = numbered(found, generated);
    const title = titleOf(object);
    if (title === undefined) {
      rest.push(object);
      continue;
    }
    const earlier = files.get(title);
    files.set(title, file);
    if (earlier !== undefined && hasOwnName(object)) {
      duplicates.push(`${title} is in "${earlier}" and again in "${file}"`);
    }
    if (object.type !== "workload") named.set(title, object);
    else if (earlier === undefined) workloads.set(title, [object.workload]);
    else workloads.get(title)?.push(object.workload);
  }
  const merged = [...workloads.values()].map((each) => ({
    type: "workload" as const,
    workload: together(each),
  }));
  return { records: [...merged, ...named.values(), ...rest], objects, duplicates };
}

function titleOf(object: Observed): string | undefined {
  switch (object.type) {
    case "workload": {
      const { kind, namespace, name } = object.workload;
      return `${kind} ${namespace}/${name}`;
    }
    case "node":
      return `Node ${object.node.name}`;
    case "namespace":
      return `Namespace ${object.namespace.name}`;
    case "serviceAccount":
      return `ServiceAccount ${object.serviceAccount.namespace}/${object.serviceAccount.name}`;
    case "runtimeClass":
      return `RuntimeClass ${object.runtimeClass.name}`;
    case "priorityClass":
      return `PriorityClass ${object.priorityClass.name}`;
    case "pod":
    case "ignored":
      return undefined;
    default:
      return object satisfies never;
  }
}

/** A `generateName` (a `*` at the end) is no name: from the second on, objects get a number as well. */
function numbered(object: Observed, known: Map<string, number>): Observed {
  if (object.type !== "workload" || !object.workload.name.endsWith("*")) return object;
  const title = titleOf(object) ?? "";
  const number = (known.get(title) ?? 0) + 1;
  known.set(title, number);
  if (number === 1) return object;
  const { workload } = object;
  return { type: "workload", workload: { ...workload, name: `${workload.name} (${number})` } };
}

/** Those without a name are many. */
function hasOwnName(object: Observed): boolean {
  return object.type !== "workload" || object.workload.name !== "";
}

/**
 * One workload that asks for all that these do; what is skipped asks for nothing. Else it is as the
 * last of them, or of those that are not suspended.
 */
function together(same: readonly ObservedWorkload[]): ObservedWorkload {
  const asking = same.filter(({ skip }) => !skip);
  const last = asking.findLast(({ schedule }) => schedule?.suspended !== true) ??
    asking.at(-1) ?? same.at(-1) as ObservedWorkload;
  if (asking.length < 2) return last;
  const [neededBy] = asking.flatMap(({ neededBy }) => neededBy ?? []).sort();
  return withoutUnset({
    ...last,
    shapes: asking.flatMap(({ shapes }) => shapes),
    also: unlessEmpty(asking.flatMap(({ also = [] }) => also)),
    faults: asking.flatMap(({ faults }) => faults),
    neededBy,
  });
}
