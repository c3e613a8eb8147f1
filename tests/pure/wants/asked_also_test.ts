import { assert, assertEquals } from "@std/assert";
import { AskedAlso } from "../../../mod/pure/wants/asked_also.ts";
import { LOWEST_PRIORITY } from "../../../mod/pure/wants/asked.ts";
import { WantsFold } from "../../../mod/pure/wants/wants_fold.ts";
import { readMarks } from "../../../mod/pure/objects/marks.ts";
import type { AlsoWant, Marks, ObservedWorkload } from "../../../mod/pure/objects/observed.ts";
import { RULES } from "./folding.ts";

const FROM = ["env", "args", "related"] as const;

const ALSO: AlsoWant[] = FROM.map((from) => ({
  written: from,
  reference: `docker.io/library/${from}:latest`,
  container: "c",
  from,
}));

function workload(marks?: Marks, more: Partial<ObservedWorkload> = {}): ObservedWorkload {
  const rest = { kind: "Deployment", namespace: "ops", name: "operator", skip: false };
  return { ...rest, shapes: [], faults: [], also: ALSO, ...(marks && { marks }), ...more };
}

function wanted(object: ObservedWorkload, namespaceMarks?: Marks) {
  const namespace = { name: "ops", skip: false, ...(namespaceMarks && { marks: namespaceMarks }) };
  const seen = {
    workloads: [object],
    namespaces: [namespace],
    ...{ pods: [], nodes: [], runtimeClasses: [], serviceAccounts: [], priorityClasses: [] },
  };
  const kinds = new Set([object.kind]);
  return new WantsFold(RULES, 0).fold({ kinds, seen, nowMs: 0, wallMs: 0 }).images;
}

function names(object: ObservedWorkload, namespaceMarks?: Marks): string[] {
  const images = [...wanted(object, namespaceMarks).keys()];
  return images.map((image) => image.replace(/^.*\/|:.*$/g, ""));
}

Deno.test("what an operator names counts where it or its namespace says so", () => {
  assertEquals(names(workload()), []);
  assertEquals(names(workload({ also: ["env"] })), ["env", "related"]);
  assertEquals(names(workload({ also: ["args"] })), ["args", "related"]);
  assertEquals(names(workload(), { also: ["env", "args"] }), ["args", "env", "related"]);
  assertEquals(names(workload({ also: ["args"] }), { also: ["env"] }), ["args", "related"]);
});

Deno.test("other marks, other namespaces and objects that ask to be skipped do not count", () => {
  assertEquals(names(workload({ priority: "high" })), []);
  assertEquals(names(workload(undefined, { namespace: "other" }), { also: ["env"] }), []);
  assertEquals(names(workload({ also: ["env"] }, { skip: true })), []);
});

Deno.test("it comes last but for what is kept, on nodes that ordinary pods may use", () => {
  const image = wanted(workload({ also: ["env"], priority: "high" })).values().next().value;
  assertEquals(image?.priority, LOWEST_PRIORITY + 1);
  assertEquals(image?.placements, [{}]);
  assertEquals(image?.reasons[0]?.how, "also");
});

Deno.test("what has not changed is asked by the very same object in the next pass", () => {
  const also = new AskedAlso();
  const object = workload();
  const first = also.of(object, { also: ["env"] });
  assert(first !== undefined && also.of(object, { also: ["env"] }) === first);
  assert(also.of(object, { also: ["args"] }) !== first);
});

Deno.test("the mark takes one or both words, and says so of others", () => {
  const read = (text: string) =>
    readMarks({ metadata: { annotations: { "warm-images/also": text } } });
  assertEquals(read("env").marks, { also: ["env"] });
  assertEquals(read("args, env").marks, { also: ["env", "args"] });
  assertEquals(read(" env args\n").marks, { also: ["env", "args"] });
  for (const text of ["true", "", "env volumes"]) {
    assertEquals(read(text).marks, undefined);
    assertEquals(read(text).faults.map(({ field }) => field), ["warm-images/also"]);
  }
});
