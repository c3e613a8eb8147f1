import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { podShapedParts } from "../../../mod/pure/objects/pod_shaped_parts.ts";

const POD = { containers: [{ name: "c", image: "example/a:1" }] };

function paths(object: unknown): string[] {
  return podShapedParts(object).map(({ path }) => path);
}

Deno.test("a pod's specification is found wherever it is in an object", () => {
  assertEquals(paths({ spec: { template: { spec: POD } } }), ["spec.template.spec"]);
  assertEquals(paths({ spec: { jobTargetRef: { template: { spec: POD } } } }), [
    "spec.jobTargetRef.template.spec",
  ]);
  assertEquals(paths({ spec: { predictor: POD } }), ["spec.predictor"]);
  const jobs = [{ template: { spec: { template: { spec: POD } } } }, { template: { spec: POD } }];
  assertEquals(paths({ spec: { replicatedJobs: jobs } }), [
    "spec.replicatedJobs[0].template.spec.template.spec",
    "spec.replicatedJobs[1].template.spec",
  ]);
  const roles = { "a/b": { template: POD }, Worker: { template: POD } };
  assertEquals(paths({ spec: { roles } }), [
    'spec.roles["a/b"].template',
    "spec.roles.Worker.template",
  ]);
});

Deno.test("containers of which none has an image are no pod's specification", () => {
  assertEquals(paths({ spec: { containers: [{ name: "c", resources: {} }] } }), []);
  assertEquals(paths({ spec: { containers: [] } }), []);
  assertEquals(paths({ spec: { containers: { image: "example/a:1" } } }), []);
  assertEquals(paths({ spec: { containers: [{ name: "c" }, POD.containers[0]] } }), ["spec"]);
});

Deno.test("what an object reports, says of itself or describes is no part of it", () => {
  assertEquals(paths({ status: { template: { spec: POD } } }), []);
  assertEquals(paths({ metadata: { annotations: { last: POD } } }), []);
  assertEquals(paths({ spec: { template: { metadata: { x: POD }, status: POD, spec: POD } } }), [
    "spec.template.spec",
  ]);
  const schema = { properties: { spec: { default: POD } } };
  assertEquals(paths({ spec: { versions: [{ schema: { openAPIV3Schema: schema } }] } }), []);
});

Deno.test("a specification within another one is found, what is in containers is not", () => {
  const inner = { ...POD.containers[0], nested: POD };
  assertEquals(paths({ spec: { containers: [inner], workerSpec: POD } }), [
    "spec",
    "spec.workerSpec",
  ]);
});

Deno.test("a template that asks to be skipped is told from others", () => {
  const metadata = { labels: { "warm-images/skip": "true" } };
  const parts = podShapedParts({
    spec: { head: { template: { metadata, spec: POD } }, workers: [{ template: { spec: POD } }] },
  });
  assertEquals(parts.map(({ skip }) => skip), [true, false]);
});

Deno.test("an object of any depth and breadth is searched in little time", () => {
  let deep: unknown = POD;
  for (let i = 0; i < 100_000; i++) deep = { [`k${i % 7}`]: deep };
  assertEquals(paths({ spec: deep }), []);
  // Aliases of YAML: each level refers to the one below ten times.
  let shared: unknown = { a: 1 };
  for (let i = 0; i < 30; i++) shared = Array.from({ length: 10 }, () => shared);
  assertEquals(paths({ spec: shared }), []);
  const round: Record<string, unknown> = {};
  round["round"] = round;
  assertEquals(paths(round), []);
});

Deno.test("paths stay short whatever keys an object has", () => {
  const [path = ""] = paths({ spec: { ["k".repeat(100_000)]: POD } });
  assert(path.length < 100, `${path.length}`);
});

Deno.test("any value is searched without an error", () => {
  const pod = fc.record({ containers: fc.oneof(fc.anything(), fc.array(fc.anything())) });
  fc.assert(fc.property(fc.oneof(fc.anything(), fc.object({ values: [pod] })), (value) => {
    podShapedParts(value);
  }));
});
