import { assertEquals } from "@std/assert";
import { ANYWHERE, type NodeFacts } from "../../../mod/pure/placement/eligibility.ts";
import type { Placement } from "../../../mod/pure/objects/observed.ts";
import { planOf } from "../../../mod/pure/wants/plan.ts";
import { planTable } from "../../../mod/pure/wants/plan_table.ts";
import type { WantedImage } from "../../../mod/pure/wants/wanted_entry.ts";
import type { WantedSet } from "../../../mod/pure/wants/wanted_set.ts";

const reasons = [{ kind: "Deployment", namespace: "shop", name: "web" }];

function setOf(placements: readonly Placement[], rest: Partial<WantedImage> = {}): WantedSet {
  const image = { reference: "a", priority: 3, placements, pullSecrets: [], reasons, ...rest };
  return { images: new Map([["a", image]]), faults: [] };
}

function node(name: string, zone: string, skip = false): NodeFacts {
  return { name, labels: { zone }, taints: [], os: "linux", unschedulable: false, skip };
}

const inZone = (zone: string): Placement => ({ nodeSelector: { zone } });
const NODES = [node("n3", "b"), node("n1", "a"), node("n2", "a")];

Deno.test("a plan's row says image, reasons, priority and nodes", () => {
  const rows = planOf(setOf([inZone("a")]), NODES);
  assertEquals(rows, [{ image: "a", reasons, priority: 3, nodes: ["n1", "n2"] }]);
});

Deno.test("nodes are all when every known node may run it, also when none is known", () => {
  assertEquals(planOf(setOf([inZone("a"), inZone("b")]), NODES)[0]?.nodes, "all");
  assertEquals(planOf(setOf([inZone("a")]), [])[0]?.nodes, "all");
  assertEquals(planOf(setOf([inZone("c")]), NODES)[0]?.nodes, []);
});

Deno.test("a skipped node is in no plan", () => {
  assertEquals(planOf(setOf([ANYWHERE]), [...NODES, node("n4", "a", true)])[0]?.nodes, [
    "n1",
    "n2",
    "n3",
  ]);
});

Deno.test("long lists are cut in the table", () => {
  const many = ["a", "b", "c", "d"].map((name) => ({ kind: "Job", namespace: "ci", name }));
  const nodes = ["n1", "n2", "n3"];
  assertEquals(planTable([{ image: "i", reasons: many, priority: -1, nodes }]), [
    ["i", "n1, n2, +1 more", "-1", "Job ci/a\nJob ci/b\n+2 more"],
  ]);
  const setting = { kind: "Setting", namespace: "", name: "list-images" };
  const rows = [
    { image: "i", reasons: [setting], priority: 0, nodes: "all" as const },
    { image: "j", reasons: [], priority: 0, nodes: [] },
  ];
  assertEquals(planTable(rows).map((row) => [row[1], row[3]]), [
    ["all", "Setting list-images"],
    ["none", ""],
  ]);
});
