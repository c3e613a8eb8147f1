import { assertEquals } from "@std/assert";
import { ANYWHERE, type NodeFacts } from "../../../mod/pure/placement/eligibility.ts";
import type { Placement } from "../../../mod/pure/objects/observed.ts";
import { planOf } from "../../../mod/pure/wants/plan.ts";
import type { WantedImage } from "../../../mod/pure/wants/wanted_entry.ts";
import type { WantedSet } from "../../../mod/pure/wants/wanted_set.ts";

const reasons = [{ kind: "Deployment", namespace: "shop", name: "web" }];

function setOf(
  placements: readonly Placement[],
  rest: Partial<WantedImage> = {},
): Pick<WantedSet, "images"> {
  const image = { reference: "a", priority: 3, placements, pullSecrets: [], reasons, ...rest };
  return { images: new Map([["a", image]]) };
}

function node(name: string, zone: string, skip = false): NodeFacts {
  return { name, labels: { zone }, taints: [], os: "linux", unschedulable: false, skip };
}

const inZone = (zone: string): Placement => ({ nodeSelector: { zone } });
const NODES = [node("n3", "b"), node("n1", "a"), node("n2", "a")];

Deno.test("a plan's row says image, reasons, priority, nodes, and why not the others", () => {
  const rows = planOf(setOf([inZone("a")]), NODES);
  const notOn = [{ why: 'label "zone" is "b"', count: 1, nodes: ["n3"] }];
  assertEquals(rows, [{ image: "a", reasons, priority: 3, nodes: ["n1", "n2"], notOn }]);
});

Deno.test("a plan's row says since when a pod waits", () => {
  const neededBy = "2026-01-01T00:00:00.000Z";
  assertEquals(planOf(setOf([{}], { neededBy }), NODES)[0]?.neededBy, neededBy);
});

Deno.test("nodes are all when every known node may run it, and none is left out then", () => {
  const [everywhere] = planOf(setOf([inZone("a"), inZone("b")]), NODES);
  assertEquals([everywhere?.nodes, everywhere?.notOn], ["all", []]);
  const [nowhere] = planOf(setOf([inZone("c")]), NODES);
  assertEquals(nowhere?.nodes, []);
  assertEquals(nowhere?.notOn.map(({ count, nodes }) => [count, nodes]), [
    [2, ["n1", "n2"]],
    [1, ["n3"]],
  ]);
});

/** What each of these placements comes to where no node is known. */
const UNKNOWN: readonly (readonly [readonly Placement[], string])[] = [
  [[{}], "all"],
  [[ANYWHERE], "all"],
  [[inZone("a"), {}], "all"],
  [[inZone("a")], "all nodes that match zone=a"],
  [[inZone("a"), inZone("b")], "all nodes that match zone=a; or zone=b"],
  [
    ["a", "b", "c", "d", "e"].map(inZone),
    "all nodes that match zone=a; or zone=b; or zone=c; or 2 more",
  ],
  [[inZone("a"), { ...inZone("a"), tolerations: [{ key: "x" }] }], "all nodes that match zone=a"],
];
for (const [placements, text] of UNKNOWN) {
  Deno.test(`without any node, a plan says what nodes have to match: ${text}`, () => {
    const [row] = planOf(setOf(placements), []);
    assertEquals([row?.nodes, row?.notOn], [text, []]);
  });
}

Deno.test("a skipped node is in no plan, and that is said", () => {
  const [row] = planOf(setOf([ANYWHERE]), [...NODES, node("n4", "a", true)]);
  assertEquals(row?.nodes, ["n1", "n2", "n3"]);
  assertEquals(row?.notOn, [{ why: "asks to be skipped", count: 1, nodes: ["n4"] }]);
});

Deno.test("of several placements each one says why not", () => {
  const gpu: NodeFacts = {
    ...node("g1", "c"),
    taints: [{ key: "dedicated", value: "gpu", effect: "NoSchedule" }],
  };
  const [row] = planOf(setOf([inZone("a"), { nodeSelector: { zone: "c" } }]), [...NODES, gpu]);
  assertEquals(row?.notOn.map(({ why, nodes }) => [why, ...nodes]), [
    ['label "zone" is "c" and taint "dedicated=gpu:NoSchedule"', "g1"],
    ['label "zone" is "b"', "n3"],
  ]);
});

Deno.test("of thousands of nodes that are left out alike, three are named", () => {
  const many = Array.from({ length: 5000 }, (_, n) => node(`m${String(n).padStart(4, "0")}`, "b"));
  const [row] = planOf(setOf([inZone("a")]), [...NODES, ...many]);
  assertEquals(row?.nodes, ["n1", "n2"]);
  assertEquals(row?.notOn, [{
    why: 'label "zone" is "b"',
    count: 5001,
    nodes: ["m0000", "m0001", "m0002"],
  }]);
});

Deno.test("the rarest reasons are told together, and every node is counted", () => {
  const many = Array.from({ length: 100 }, (_, n) => node(`m${n}`, `z${n % 20}`));
  const [row] = planOf(setOf([inZone("a")]), [...NODES, ...many]);
  assertEquals(row?.notOn.length, 6);
  assertEquals(row?.notOn.at(-1)?.why, "other reasons");
  assertEquals(row?.notOn.reduce((sum, { count }) => sum + count, 0), 101);
});
