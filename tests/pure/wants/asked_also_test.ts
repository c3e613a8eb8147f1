import { assertEquals } from "@std/assert";
import { askedAlso } from "../../../mod/pure/wants/asked_also.ts";
import { LOWEST_PRIORITY } from "../../../mod/pure/wants/asked.ts";
import { marksOf } from "../../../mod/pure/objects/marks.ts";
import type { AlsoWant, Marks, ObservedWorkload } from "../../../mod/pure/objects/observed.ts";

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

function asked(object: ObservedWorkload, namespaceMarks?: Marks): string[] {
  const namespace = { name: "ops", skip: false, ...(namespaceMarks && { marks: namespaceMarks }) };
  return [...askedAlso([object], [namespace])].flatMap(({ shape }) =>
    shape.wants.map((want) => want.written)
  );
}

Deno.test("what an operator names counts where it or its namespace says so", () => {
  assertEquals(asked(workload()), []);
  assertEquals(asked(workload({ also: ["env"] })), ["env", "related"]);
  assertEquals(asked(workload({ also: ["args"] })), ["args", "related"]);
  assertEquals(asked(workload(), { also: ["env", "args"] }), ["env", "args", "related"]);
  assertEquals(asked(workload({ also: ["args"] }), { also: ["env"] }), ["env", "args", "related"]);
});

Deno.test("other marks, other namespaces and objects that ask to be skipped do not count", () => {
  assertEquals(asked(workload({ priority: "high" })), []);
  assertEquals(asked(workload(undefined, { namespace: "other" }), { also: ["env"] }), []);
  assertEquals(asked(workload({ also: ["env"] }, { skip: true })), []);
});

Deno.test("it comes last but for what is kept, on nodes that ordinary pods may use", () => {
  const [each] = [...askedAlso([workload({ also: ["env"] })], [])];
  assertEquals(each?.priority, LOWEST_PRIORITY + 1);
  assertEquals(each?.shape.placement, {});
  assertEquals(each?.reason.how, "also");
});

Deno.test("the mark takes one or several words, and no others", () => {
  const of = (text: string) =>
    marksOf({ metadata: { annotations: { "warm-images/also": text } } })?.also;
  assertEquals(of("env"), ["env"]);
  assertEquals(of("args, env"), ["env", "args"]);
  assertEquals(of("env args"), ["env", "args"]);
  assertEquals(of("true"), undefined);
  assertEquals(of(""), undefined);
});
