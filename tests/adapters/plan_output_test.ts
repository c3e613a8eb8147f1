import { assert, assertEquals } from "@std/assert";
import { drawPlan } from "../../mod/adapters/plan_output.ts";
import type { PlanRow } from "../../mod/pure/wants/plan.ts";

const reasons = [
  { kind: "Deployment", namespace: "shop", name: "web" },
  { kind: "Job", namespace: "shop", name: "sync" },
];
const rows: readonly PlanRow[] = [
  { image: "docker.io/library/nginx:1", reasons, priority: 0, nodes: "all" },
  { image: `quay.io/a@sha256:${"f".repeat(64)}`, reasons, priority: 9, nodes: ["n1", "n2"] },
];

Deno.test("a plan is drawn in columns under their heads", () => {
  assertEquals(
    drawPlan(rows.slice(0, 1)),
    [
      "image                      nodes  priority  wanted by",
      "docker.io/library/nginx:1  all    0         Deployment shop/web",
      "                                            Job shop/sync",
    ].join("\n"),
  );
});

Deno.test("a plan without rows is its heads alone", () => {
  assertEquals(drawPlan([]), "image  nodes  priority  wanted by");
});

Deno.test("a plan fits the terminal and loses nothing of a long reference", () => {
  const drawn = drawPlan(rows, { columns: 60 });
  assert(drawn.split("\n").every((line) => line.length <= 60), drawn);
  assertEquals(drawn.match(/f/g)?.length, 64);
});
