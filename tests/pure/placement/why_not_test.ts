import { assertEquals } from "@std/assert";
import { mayRun, type NodeFacts } from "../../../mod/pure/placement/eligibility.ts";
import { whyNot } from "../../../mod/pure/placement/why_not.ts";
import type { NodeRequirement, Placement } from "../../../mod/pure/objects/observed.ts";

const node: NodeFacts = {
  name: "n1",
  labels: { pool: "web", empty: "" },
  taints: [],
  os: "linux",
  unschedulable: false,
  skip: false,
  resources: [],
};

const terms = (...each: NodeRequirement[]): Placement => ({
  affinity: each.map((requirement) => ({ matchExpressions: [requirement] })),
});
const GPU = { key: "pool", operator: "In", values: ["gpu"] };
const taints = (key: string, effect: string, value?: string): Partial<NodeFacts> => ({
  taints: [{ key, effect, ...(value === undefined ? {} : { value }) }],
});

Deno.test("what keeps a pod off a node is said in plain words", () => {
  const rows: readonly (readonly [Placement, Partial<NodeFacts>, string | undefined])[] = [
    [{}, {}, undefined],
    [{}, { skip: true }, "asks to be skipped"],
    [{ os: "linux" }, { os: "windows" }, "os is windows"],
    [{ nodeSelector: { pool: "gpu" } }, {}, 'label "pool" is "web"'],
    [{ nodeSelector: { zone: "a" } }, {}, 'no label "zone"'],
    [{ nodeSelector: { empty: "a" } }, {}, 'label "empty" is ""'],
    [terms(GPU), {}, 'label "pool" is "web"'],
    [terms({ key: "pool", operator: "DoesNotExist" }), {}, 'label "pool" is "web"'],
    [terms(GPU, { ...GPU, values: ["db"] }), {}, 'label "pool" is "web"'],
    [terms(GPU, { ...GPU, key: "zone" }), {}, "meets none of 2 node selector terms"],
    [{ affinity: [] }, {}, "its node affinity matches no node"],
    [{ affinity: [{}] }, {}, "its node affinity matches no node"],
    [{}, taints("dedicated", "NoSchedule", "gpu"), 'taint "dedicated=gpu:NoSchedule"'],
    [{}, taints("dedicated", "NoExecute"), 'taint "dedicated:NoExecute"'],
    [{}, { unschedulable: true }, "is cordoned"],
    [{}, {
      unschedulable: true,
      ...taints("node.kubernetes.io/unschedulable", "NoSchedule"),
    }, "is cordoned"],
    [{ resources: ["nvidia.com/gpu"] }, {}, 'no resource "nvidia.com/gpu"'],
  ];
  for (const [placement, facts, why] of rows) {
    assertEquals(whyNot(placement, { ...node, ...facts }), why);
    assertEquals(mayRun(placement, { ...node, ...facts }), why === undefined);
  }
});

Deno.test("a pod that names its node is said to be on another one", () => {
  const named = (operator: string, value: string): Placement => ({
    affinity: [{ matchFields: [{ key: "metadata.name", operator, values: [value] }] }],
  });
  assertEquals(whyNot(named("In", "n2"), node), "is another node");
  assertEquals(whyNot(named("NotIn", "n1"), node), "is named as excluded");
  assertEquals(whyNot(named("In", "n1"), node), undefined);
});
