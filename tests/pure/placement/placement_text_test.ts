import { assertEquals } from "@std/assert";
import type { NodeRequirement, NodeTerm, Placement } from "../../../mod/pure/objects/observed.ts";
import { placementText } from "../../../mod/pure/placement/placement_text.ts";

const term = (key: string, operator: string, ...values: string[]): NodeTerm => ({
  matchExpressions: [requirement(key, operator, ...values)],
});

function requirement(key: string, operator: string, ...values: string[]): NodeRequirement {
  return { key, operator, ...(values.length > 0 ? { values } : {}) };
}

const TEXTS: readonly (readonly [string, Placement, string | undefined])[] = [
  ["nothing", {}, undefined],
  ["tolerations alone", { tolerations: [{ operator: "Exists" }] }, undefined],
  ["labels", { nodeSelector: { pool: "ci", zone: "a" } }, "pool=ci, zone=a"],
  ["an OS", { os: "windows" }, "os=windows"],
  ["a resource", { resources: ["nvidia.com/gpu"] }, "resource nvidia.com/gpu"],
  ["all of these", {
    nodeSelector: { pool: "ci" },
    affinity: [term("gpu", "Exists")],
    os: "linux",
    resources: ["x.io/a"],
  }, "pool=ci, gpu, os=linux, resource x.io/a"],
  ["one value", { affinity: [term("zone", "In", "a")] }, "zone=a"],
  ["several values", { affinity: [term("zone", "In", "a", "b")] }, "zone in (a, b)"],
  ["a value that may not be", { affinity: [term("zone", "NotIn", "a")] }, "zone!=a"],
  ["values that may not be", { affinity: [term("zone", "NotIn", "a", "b")] }, "zone notin (a, b)"],
  ["a label that may not be", { affinity: [term("spot", "DoesNotExist")] }, "!spot"],
  ["bounds", { affinity: [term("cpu", "Gt", "4"), term("cpu", "Lt", "2")] }, "(cpu>4 or cpu<2)"],
  ["an operator that is none", { affinity: [term("a", "Like", "b")] }, "a Like b"],
  ["a node's name", {
    affinity: [{ matchFields: [requirement("metadata.name", "In", "node-a")] }],
  }, "name=node-a"],
  ["requirements that go together", {
    affinity: [{
      matchExpressions: [requirement("zone", "In", "a")],
      matchFields: [requirement("metadata.name", "NotIn", "n1")],
    }],
  }, "zone=a, name!=n1"],
  ["many alternatives", {
    affinity: ["a", "b", "c", "d", "e"].map((name) => term("zone", "In", name)),
  }, "(zone=a or zone=b or zone=c or 2 more)"],
  ["no alternative at all", { affinity: [] }, "(nothing)"],
  ["an alternative that no node meets", { affinity: [{}] }, "nothing"],
];

for (const [what, placement, text] of TEXTS) {
  Deno.test(`in words, a placement with ${what}: ${text}`, () => {
    assertEquals(placementText(placement), text);
  });
}
