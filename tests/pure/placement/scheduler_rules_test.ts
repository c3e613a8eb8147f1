import { assertEquals } from "@std/assert";
import { mayRun, type NodeFacts } from "../../../mod/pure/placement/eligibility.ts";
import { placementOf } from "../../../mod/pure/placement/pod_placement.ts";
import type { NodeRequirement, Placement } from "../../../mod/pure/objects/observed.ts";

const node: NodeFacts = {
  name: "n1",
  labels: { zone: "a", cores: "8", "kubernetes.io/hostname": "host-1" },
  taints: [],
  os: "linux",
  unschedulable: false,
  skip: false,
  resources: ["nvidia.com/gpu"],
};

type Row = readonly [placement: Placement, runs: boolean];

function check(rows: readonly Row[], facts: Partial<NodeFacts> = {}) {
  for (const [placement, runs] of rows) {
    assertEquals(mayRun(placement, { ...node, ...facts }), runs, JSON.stringify(placement));
  }
}

const labels = (operator: string, key: string, ...values: string[]): Placement => ({
  affinity: [{ matchExpressions: [{ key, operator, values }] }],
});
const fields = (...matchFields: NodeRequirement[]): Placement => ({ affinity: [{ matchFields }] });
const named = (operator: string, ...values: string[]) => ({
  key: "metadata.name",
  operator,
  values,
});

Deno.test("no node meets a requirement that is not well-formed", () => {
  check([
    [labels("NotIn", "zone", "b"), true],
    [labels("NotIn", "zone", "not a value"), false],
    [labels("NotIn", "zone", "-b"), false],
    [labels("NotIn", "zone", "b".repeat(64)), false],
    [labels("In", "zone", "a", "b"), true],
    [labels("In", "zone", "a", "not a value"), false],
    [labels("NotIn", "not a key", "b"), false],
    [labels("NotIn", "Not.Lower/key", "b"), false],
    [labels("NotIn", "a.lower.one/key", "b"), true],
    [labels("DoesNotExist", "not a key"), false],
    [labels("DoesNotExist", "zones", "x"), false],
    [labels("In", "zone"), false],
    [labels("NotIn", "zone"), false],
    [labels("in", "zone", "a"), false],
    [labels("Gt", "cores", "4", "5"), false],
    [labels("Gt", "cores", "+4"), false],
    [labels("Gt", "cores", "4"), true],
    [labels("Lt", "cores", "9223372036854775808"), false],
    [labels("Lt", "cores", "9223372036854775807"), true],
  ]);
});

Deno.test("a label that an object inherits in JavaScript is none", () => {
  check([
    [labels("Exists", "constructor"), false],
    [labels("NotIn", "constructor", "b"), true],
    [{ nodeSelector: { constructor: "b" } }, false],
  ]);
});

Deno.test("nodes are named by matchFields, and by the label that may differ from the name", () => {
  check([
    [fields(named("In", "n1")), true],
    [fields(named("In", "n1", "n2")), false],
    [fields(named("In", "n1"), named("In", "n2")), false],
    [fields(named("NotIn", "n2"), named("NotIn", "n3")), true],
    [fields(named("Exists")), false],
    [{ nodeSelector: { "kubernetes.io/hostname": "host-1" } }, true],
    [{ nodeSelector: { "kubernetes.io/hostname": "n1" } }, false],
  ]);
});

Deno.test("an empty list of terms and an empty term match no node, a missing one matches all", () => {
  check([[{}, true], [{ affinity: [] }, false], [{ affinity: [{}] }, false]]);
});

Deno.test("numbers in taints are compared as written by a human, within 64 bits", () => {
  const tolerating = (operator: string, value: string): Placement => ({
    tolerations: [{ key: "sla", operator, value }],
  });
  const taint = (value: string) => ({ taints: [{ key: "sla", value, effect: "NoSchedule" }] });
  check([
    [tolerating("Gt", "950"), true],
    [tolerating("Gt", "999"), false],
    [tolerating("Lt", "1000"), true],
    [tolerating("Lt", "+1000"), false],
    [tolerating("Lt", "01000"), false],
    [tolerating("Lt", "many"), false],
    [tolerating("Lt", "9223372036854775808"), false],
  ], taint("999"));
  check([[tolerating("Lt", "5"), true], [tolerating("Gt", "-5"), false]], taint("-7"));
  check([[tolerating("Gt", "0"), false]], taint("9223372036854775808"));
  check([[tolerating("Gt", "-1"), false]], taint("-0"));
});

Deno.test("a cordoned node takes pods that tolerate the taint of cordoned nodes, in any way", () => {
  const key = "node.kubernetes.io/unschedulable";
  check([
    [{}, false],
    [{ tolerations: [{ operator: "Exists" }] }, true],
    [{ tolerations: [{ key, operator: "Exists" }] }, true],
    [{ tolerations: [{ key, effect: "NoSchedule" }] }, true],
    [{ tolerations: [{ key, value: "true" }] }, false],
    [{ tolerations: [{ key, operator: "Exists", effect: "NoExecute" }] }, false],
  ], { unschedulable: true });
});

Deno.test("a taint that only prefers other pods keeps none away", () => {
  check([[{}, true]], { taints: [{ key: "a", effect: "PreferNoSchedule" }] });
});

Deno.test("a pod runs where its resources are, and tolerates the taints named after them", () => {
  const asking = (name: string, quantity: unknown) =>
    placementOf({ containers: [{ resources: { limits: { [name]: quantity } } }] });
  const gpu = { taints: [{ key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" }] };
  check([
    [asking("nvidia.com/gpu", 1), true],
    [asking("nvidia.com/gpu", 0), true],
    [asking("amd.com/gpu", 1), false],
    [{}, false],
  ], gpu);
  check([
    [asking("amd.com/gpu", 1), false],
    [asking("amd.com/gpu", 0), true],
    [asking("hugepages-2Mi", "4Mi"), false],
  ]);
  check([[asking("amd.com/gpu", 1), true]], { resources: undefined } as unknown as NodeFacts);
});
