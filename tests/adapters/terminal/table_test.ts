import { assert, assertEquals } from "@std/assert";
import { drawTable, type TableOptions } from "../../../mod/adapters/terminal/table.ts";
import type { PlanRow } from "../../../mod/pure/wants/plan.ts";
import { planTable } from "../../../mod/pure/wants/plan_table.ts";

const reasons = [
  { kind: "Deployment", namespace: "shop", name: "web" },
  { kind: "Job", namespace: "shop", name: "sync" },
];
const rows: readonly PlanRow[] = [
  { image: "docker.io/library/nginx:1", reasons, priority: 0, nodes: "all", notOn: [] },
  {
    image: `quay.io/a@sha256:${"f".repeat(64)}`,
    reasons,
    priority: 9,
    nodes: ["n1", "n2"],
    notOn: [{ why: 'taint "dedicated=gpu:NoSchedule"', count: 12, nodes: ["g1", "g2", "g3"] }],
  },
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

Deno.test("nodes that are left out are a column of their own, where there are some", () => {
  const [, row = rows[0]] = rows;
  assertEquals(
    drawPlan([{ ...row, image: "quay.io/a:1" } as PlanRow]),
    [
      "image        nodes   priority  wanted by            not on",
      'quay.io/a:1  n1, n2  9         Deployment shop/web  12 nodes: taint "dedicated=gpu:NoSchedule"',
      "                               Job shop/sync",
    ].join("\n"),
  );
});

Deno.test("a plan without rows is its heads alone", () => {
  assertEquals(drawPlan([]), "image  nodes  priority  wanted by");
});

Deno.test("a plan fits the terminal and loses nothing of a long reference", () => {
  for (const columns of [60, 80, 200]) {
    const drawn = drawPlan(rows, { columns });
    assert(drawn.split("\n").every((line) => line.length <= columns), drawn);
    assertEquals(drawn.match(/f/g)?.length, 64);
    assertEquals(drawn.match(/g/g)?.length, "nginx … dedicated=gpu image".match(/g/g)?.length);
  }
});

Deno.test("lines are broken between words where there is room, and within long ones alone", () => {
  const [, row = rows[0]] = rows;
  const nodes = ["node-1", "node-2", "node-3"];
  const drawn = drawPlan([{ ...row, image: "quay.io/a:1", nodes } as PlanRow], { columns: 60 });
  const words = drawn.split("\n").flatMap((line) => line.split(/\s+/));
  for (const word of ["node-1,", "node-2,", "+1", "shop/web", "shop/sync", "nodes:", "taint"]) {
    assert(words.includes(word), `${word} is broken in:\n${drawn}`);
  }
});

Deno.test("where columns do not fit, each row is a block under its first cell", () => {
  const [row] = rows;
  const drawn = drawPlan([{ ...row, image: `quay.io/${"long/".repeat(12)}a:1` } as PlanRow], {
    columns: 30,
  });
  assertEquals(
    drawn.split("\n").slice(2),
    [
      "ng/long/a:1",
      "  nodes      all",
      "  priority   0",
      "  wanted by  Deployment",
      "             shop/web",
      "             Job shop/sync",
    ],
  );
  assert(drawn.split("\n").every((line) => line.length <= 30), drawn);
});

Deno.test("whole words stay whole, at the price of the width", () => {
  const table = { heads: ["node", "why"], cells: [["n".repeat(50), "one two three four"]] };
  assertEquals(
    drawTable(table, { columns: 60, wholeWords: true }).split("\n")[1],
    `${"n".repeat(50)}  one two`,
  );
  assertEquals(
    drawTable(table, { columns: 20, wholeWords: true }).split("\n")[1],
    `${"n".repeat(50)}  one`,
  );
});

Deno.test("tones are colours where these are wanted, and take no width", () => {
  const cells = [["a", { text: "failed badly", tone: "bad" }, "x"], ["b", "warm", "y"]] as const;
  const table = { heads: ["node", "state", "why"], cells };
  const plain = drawTable(table);
  assertEquals(plain.includes("\x1b"), false);
  const colored = drawTable(table, { colors: true });
  assertEquals(colored.replaceAll(/\p{Cc}\[\d+m/gu, (code) => code === "\n" ? code : ""), plain);
  assert(colored.includes("\x1b[31mfailed badly\x1b[0m"), colored);
  const narrow = drawTable(table, { colors: true, columns: 20 });
  for (const line of narrow.split("\n")) {
    assertEquals(line.split("\x1b[31m").length, line.split("\x1b[0m").length, "ends in its line");
  }
});

Deno.test("thousands of rows are drawn at once", () => {
  const cells = Array.from({ length: 5000 }, (_, n) => [`node-${n}`, "500/500", "12 s"]);
  const lines = drawTable({ heads: ["node", "warm", "agent"], cells }).split("\n");
  assertEquals(lines.length, 5001);
  assertEquals(lines.at(-1), "node-4999  500/500  12 s");
});

function drawPlan(rows: readonly PlanRow[], options: TableOptions = {}): string {
  return drawTable(planTable(rows), options);
}
