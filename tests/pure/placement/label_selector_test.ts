import { assert, assertEquals } from "@std/assert";
import { parseLabelSelector } from "../../../mod/pure/placement/label_selector.ts";
import { mayRun } from "../../../mod/pure/placement/eligibility.ts";
import { narrowedPlacement } from "../../../mod/pure/placement/narrowed_placement.ts";
import type { Placement } from "../../../mod/pure/objects/observed.ts";

Deno.test("a selector is read as kubectl reads it", () => {
  assertEquals(parseLabelSelector("pool=ci,zone in (a, b),!spot,gpu"), [
    { key: "pool", operator: "In", values: ["ci"] },
    { key: "zone", operator: "In", values: ["a", "b"] },
    { key: "spot", operator: "DoesNotExist" },
    { key: "gpu", operator: "Exists" },
  ]);
  assertEquals(parseLabelSelector(" example.com/a == x , b != y, c notin (z),d= ,e>3,f<4 "), [
    { key: "example.com/a", operator: "In", values: ["x"] },
    { key: "b", operator: "NotIn", values: ["y"] },
    { key: "c", operator: "NotIn", values: ["z"] },
    { key: "d", operator: "In", values: [""] },
    { key: "e", operator: "Gt", values: ["3"] },
    { key: "f", operator: "Lt", values: ["4"] },
  ]);
  assertEquals(parseLabelSelector(" "), []);
});

for (
  const text of [
    ...["a=b,", ",a", "a b", "a in b", "a in (", "a in ()", "a in (x", "=x", "a=b c", "a=-x"],
    ...["a/b/c=d", "a>x", "a in (x),b)", "!", "a=b;c=d", `${"k".repeat(64)}=x`],
  ]
) {
  Deno.test(`"${text}" is no selector`, () => {
    assert("fault" in parseLabelSelector(text));
  });
}

function nodesOf(placement: Placement, selector: string): string[] {
  const requirements = parseLabelSelector(selector);
  assert(!("fault" in requirements));
  const nodes: Record<string, Record<string, string>> = {
    bare: {},
    ci: { pool: "ci", zone: "a" },
    gpu: { pool: "gpu", zone: "a" },
    spot: { pool: "ci", spot: "", zone: "b" },
  };
  return Object.keys(nodes).filter((name) =>
    mayRun(narrowedPlacement(placement, requirements), {
      name,
      labels: nodes[name] ?? {},
      taints: [],
      os: "linux",
      unschedulable: false,
      skip: false,
    })
  );
}

const inZones = (...zones: readonly string[]): Placement => ({
  affinity: zones.map((zone) => ({
    matchExpressions: [{ key: "zone", operator: "In", values: [zone] }],
  })),
});

Deno.test("a selector narrows where pods may run, and widens it never", () => {
  assertEquals(nodesOf({}, "pool=ci"), ["ci", "spot"]);
  assertEquals(nodesOf({}, "pool!=ci"), ["bare", "gpu"]);
  assertEquals(nodesOf({}, "pool notin (ci,gpu)"), ["bare"]);
  assertEquals(nodesOf({ nodeSelector: { zone: "a" } }, "pool in (ci)"), ["ci"]);
  assertEquals(nodesOf(inZones("a", "b"), "!spot"), ["ci", "gpu"]);
  assertEquals(nodesOf(inZones("a", "b"), "pool=gpu"), ["gpu"]);
  assertEquals(nodesOf({}, ""), ["bare", "ci", "gpu", "spot"]);
});

Deno.test("a term that no node meets is not met with a selector either", () => {
  assertEquals(nodesOf({ affinity: [{}] }, "pool=ci"), []);
  assertEquals(nodesOf({ affinity: [] }, "pool=ci"), []);
});

Deno.test("a pod that names its node stays on it", () => {
  const onNode = {
    affinity: [{ matchFields: [{ key: "metadata.name", operator: "In", values: ["gpu"] }] }],
  };
  assertEquals(nodesOf(onNode, "zone=a"), ["gpu"]);
  assertEquals(nodesOf(onNode, "pool=ci"), []);
});
