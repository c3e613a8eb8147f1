import { assertEquals } from "@std/assert";
import { LOWEST_PRIORITY, type WantReason } from "../../../mod/pure/wants/asked.ts";
import { HIGH_PRIORITY, LOW_PRIORITY } from "../../../mod/pure/wants/effective_marks.ts";
import type { PlanRow } from "../../../mod/pure/wants/plan.ts";
import { planTable } from "../../../mod/pure/wants/plan_table.ts";

const ROW: PlanRow = { image: "i", reasons: [], priority: 0, nodes: "all", notOn: [] };

/** The cell of one row below a head. */
function cell(head: string, row: Partial<PlanRow>): string | undefined {
  const { heads, cells } = planTable([{ ...ROW, ...row }]);
  return cells[0]?.[heads.indexOf(head)];
}

const web = { kind: "Deployment", namespace: "shop", name: "web" };
const rollout = { kind: "Rollout", namespace: "shop", name: "shop" };
const REASONS: readonly (readonly [WantReason, string])[] = [
  [web, "Deployment shop/web"],
  [{ kind: "Setting", namespace: "", name: "list-images" }, "Setting list-images"],
  [{ kind: "ConfigMap", namespace: "gpu", name: "list" }, "ConfigMap gpu/list"],
  [{ ...web, how: "pods" }, "Deployment shop/web (added to its pods)"],
  [{ ...web, how: "guess" }, "Deployment shop/web (as pods of its last revision asked)"],
  [{ ...web, how: "also" }, "Deployment shop/web (named in its variables or arguments)"],
  [
    { kind: "CronJob", namespace: "shop", name: "report", next: "2026-11-27T03:00:00.000Z" },
    "CronJob shop/report (runs next at 2026-11-27 03:00 UTC)",
  ],
  [
    { kind: "CronJob", namespace: "a", name: "b", how: "pods", next: "2026-11-27T03:00:00.000Z" },
    "CronJob a/b (added to its pods; runs next at 2026-11-27 03:00 UTC)",
  ],
  [
    { ...rollout, how: "revision", revision: 3 },
    "Rollout shop/shop (revision 3, still running)",
  ],
  [
    { ...rollout, how: "kept", revision: 2 },
    "Rollout shop/shop (revision 2, kept for a rollback)",
  ],
  [
    { ...rollout, how: "kept", revision: 0 },
    "Rollout shop/shop (another revision, kept for a rollback)",
  ],
  [
    {
      ...{ kind: "Pod", namespace: "ci", name: "build" },
      of: { group: "argoproj.io", kind: "Workflow", name: "build" },
    },
    "Pod of Workflow ci/build",
  ],
];
for (const [reason, text] of REASONS) {
  Deno.test(`the table says who wants an image, and how that comes: ${text}`, () => {
    assertEquals(cell("wanted by", { reasons: [reason] }), text);
  });
}

Deno.test("long lists are cut in the table, with a count of the rest", () => {
  const reasons = ["a", "b", "c", "d"].map((name) => ({ kind: "Job", namespace: "ci", name }));
  assertEquals(cell("wanted by", { reasons }), "Job ci/a\nJob ci/b\n+2 more");
  assertEquals(cell("nodes", { nodes: ["n1", "n2", "n3"] }), "n1, n2, +1 more");
  const why = (text: string) => ({ why: text, count: 1, nodes: ["n"] });
  assertEquals(
    cell("not on", { notOn: [why("a"), why("b"), why("c")] }),
    "n: a\nn: b\n+1 node for other reasons",
  );
});

Deno.test("nodes are all, none, names, or what they have to match where none is known", () => {
  const texts = ["all", [], ["n1"], "all nodes that match pool=ci"] as const;
  assertEquals(texts.map((nodes) => cell("nodes", { nodes })), [
    "all",
    "none",
    "n1",
    "all nodes that match pool=ci",
  ]);
});

Deno.test("nodes that are left out are named while they are few, and counted then", () => {
  const why = 'taint "dedicated=gpu:NoSchedule"';
  assertEquals(
    cell("not on", { notOn: [{ why, count: 2, nodes: ["g1", "g2"] }] }),
    `g1, g2: ${why}`,
  );
  assertEquals(
    cell("not on", { notOn: [{ why, count: 3, nodes: ["g1", "g2", "g3"] }] }),
    `3 nodes: ${why}`,
  );
});

Deno.test("a table that leaves no node out has no column for such", () => {
  assertEquals(planTable([ROW]).heads, ["image", "nodes", "priority", "wanted by"]);
  const left = { ...ROW, notOn: [{ why: "is cordoned", count: 1, nodes: ["n"] }] };
  const { heads, cells } = planTable([ROW, left]);
  assertEquals(heads.at(-1), "not on");
  assertEquals(cells.map((row) => row.at(-1)), ["", "n: is cordoned"]);
});

Deno.test("a priority that has a name is called by it", () => {
  assertEquals(
    [LOWEST_PRIORITY, LOW_PRIORITY, HIGH_PRIORITY, 0, -1, 2_000_001_000].map((priority) =>
      cell("priority", { priority })
    ),
    ["lowest", "low", "high", "0", "-1", "2000001000"],
  );
});
