import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import type { Observed, PodShape } from "../../../mod/pure/objects/observed.ts";
import { SharedRecords } from "../../../mod/pure/objects/shared_records.ts";

const OWNER = { group: "apps", kind: "ReplicaSet", name: "web-1" };

const shape = (reference: string): PodShape => ({
  wants: [{ written: reference, reference, container: "main" }],
  placement: { nodeSelector: { zone: "a" } },
  pullSecrets: [],
});

function workload(reference: string): Observed & { type: "workload" } {
  const names = { kind: "Deployment", namespace: "shop", name: "web" };
  const shapes = [shape(reference)];
  return { type: "workload", workload: { ...names, skip: false, shapes, faults: [] } };
}

function pod(reference: string): Observed & { type: "pod" } {
  const pod = { namespace: "shop", owner: OWNER, shape: shape(reference), faults: [] };
  return { type: "pod", pod };
}

Deno.test("a template and the pods made of it have one shape, and all shapes alike placements", () => {
  const shared = new SharedRecords();
  const [template, made, other] = [workload("a:1"), pod("a:1"), pod("b:1")]
    .map((record) => shared.take(record));
  assert(template?.type === "workload" && made?.type === "pod" && other?.type === "pod");
  assertStrictEquals(made.pod.shape, template.workload.shapes[0]);
  assert(other.pod.shape !== made.pod.shape);
  assertStrictEquals(other.pod.shape.placement, made.pod.shape.placement);
});

Deno.test("what is taken says the same as before", () => {
  const shared = new SharedRecords();
  for (const record of [workload("a:1"), pod("a:1")]) assertEquals(shared.take(record), record);
});

Deno.test("keys are the same for equal records, and differ by shape", () => {
  const shared = new SharedRecords();
  const key = (record: Observed) => shared.keyOf(shared.take(record));
  assertEquals(key(pod("a:1")), key(pod("a:1")));
  assert(key(pod("a:1")) !== key(pod("b:1")));
  assertEquals(key(workload("a:1")), key(workload("a:1")));
  assert(key(workload("a:1")) !== key(workload("b:1")));
});

Deno.test("a shape that nobody holds is forgotten, and is another one when it comes back", () => {
  const shared = new SharedRecords();
  const first = shared.take(pod("a:1"));
  const second = shared.take(workload("a:1"));
  const key = shared.keyOf(first);
  shared.release(first);
  assertEquals(shared.keyOf(shared.take(pod("a:1"))), key);
  shared.release(first);
  shared.release(second);
  assert(shared.keyOf(shared.take(pod("a:1"))) !== key);
});
