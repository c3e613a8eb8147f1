import { assertEquals } from "@std/assert";
import { ANYWHERE, mayRun, type NodeFacts } from "../../../mod/pure/placement/eligibility.ts";
import type { Placement, Toleration } from "../../../mod/pure/objects/observed.ts";
import file from "./eligibility_vectors.json" with { type: "json" };

const node: NodeFacts = {
  name: "n1",
  labels: { "kubernetes.io/os": "linux", zone: "a", cores: "8" },
  taints: [],
  os: "linux",
  unschedulable: false,
  skip: false,
};

const ON_N1 = { key: "metadata.name", operator: "In", values: ["n1"] };

function check(rows: readonly (readonly [string, Placement, Partial<NodeFacts>, boolean])[]) {
  for (const [name, placement, facts, runs] of rows) {
    assertEquals(mayRun(placement, { ...node, ...facts }), runs, name);
  }
}

const tolerating = (...tolerations: Toleration[]): Placement => ({ tolerations });
const tainted = (
  key: string,
  effect: string = "NoSchedule",
  value: string = "",
): Partial<NodeFacts> => ({
  taints: [{ key, effect, value }],
});

Deno.test("a pod may run where the Kubernetes scheduler's own code says so", () => {
  for (const vector of file.vectors as readonly Vector[]) {
    const facts = { ...node, ...vector.node };
    assertEquals(mayRun(vector.placement, facts), vector.runs, JSON.stringify(vector));
  }
});

interface Vector {
  readonly placement: Placement;
  readonly node: Pick<NodeFacts, "name" | "labels" | "taints" | "unschedulable">;
  readonly runs: boolean;
}

Deno.test("selectors and required affinity decide", () => {
  const term = (operator: string, ...values: string[]): Placement => ({
    affinity: [{ matchExpressions: [{ key: "cores", operator, values }] }],
  });
  check([
    ["nothing asked", {}, {}, true],
    ["label as asked", { nodeSelector: { zone: "a" } }, {}, true],
    ["another label", { nodeSelector: { zone: "b" } }, {}, false],
    ["one of two labels", { nodeSelector: { zone: "a", gpu: "yes" } }, {}, false],
    ["more than", term("Gt", "4"), {}, true],
    ["not more than", term("Gt", "8"), {}, false],
    ["less than", term("Lt", "9"), {}, true],
    ["no number", term("Lt", "many"), {}, false],
    ["no terms", { affinity: [] }, {}, false],
    ["an empty term", { affinity: [{}] }, {}, false],
    ["an empty term beside one that holds", { affinity: [{}, { matchFields: [ON_N1] }] }, {}, true],
  ]);
});

Deno.test("taints keep pods away that do not tolerate them", () => {
  check([
    ["untolerated", {}, tainted("gpu"), false],
    ["untolerated eviction", {}, tainted("gpu", "NoExecute"), false],
    ["only preferred", {}, tainted("gpu", "PreferNoSchedule"), true],
    ["tolerated by key", tolerating({ key: "gpu", operator: "Exists" }), tainted("gpu"), true],
    [
      "another effect",
      tolerating({ key: "gpu", operator: "Exists", effect: "NoExecute" }),
      tainted("gpu"),
      false,
    ],
    [
      "equal is the default",
      tolerating({ key: "gpu", value: "a" }),
      tainted("gpu", "NoSchedule", "a"),
      true,
    ],
    [
      "another value",
      tolerating({ key: "gpu", value: "b" }),
      tainted("gpu", "NoSchedule", "a"),
      false,
    ],
    ["everything tolerated", tolerating({ operator: "Exists" }), tainted("gpu", "NoExecute"), true],
  ]);
});

Deno.test("a cordoned node runs only what tolerates it", () => {
  const cordoned = { unschedulable: true };
  const key = "node.kubernetes.io/unschedulable";
  check([
    ["untolerated", {}, cordoned, false],
    ["tolerated", tolerating({ key, operator: "Exists", effect: "NoSchedule" }), cordoned, true],
  ]);
});

Deno.test("taints that will pass do not keep images away", () => {
  for (const condition of ["not-ready", "unreachable", "network-unavailable", "disk-pressure"]) {
    check([[condition, {}, tainted(`node.kubernetes.io/${condition}`), true]]);
  }
  check([["cloud", {}, tainted("node.cloudprovider.kubernetes.io/uninitialized"), true]]);
  check([["out of service", {}, tainted("node.kubernetes.io/out-of-service"), false]]);
});

Deno.test("an operating system that a pod names must be the node's, where that is known", () => {
  check([
    ["the same", { os: "linux" }, {}, true],
    ["another", { os: "windows" }, {}, false],
    ["not known", { os: "windows" }, { os: "" }, true],
  ]);
});

Deno.test("a skipped node runs nothing, any other runs what may run anywhere", () => {
  check([
    ["skipped", {}, { skip: true }, false],
    ["skipped, anywhere", ANYWHERE, { skip: true }, false],
    ["anywhere", ANYWHERE, { ...tainted("gpu", "NoExecute"), unschedulable: true }, true],
  ]);
});
