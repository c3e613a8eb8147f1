import { assertEquals } from "@std/assert";
import { diffTables } from "../../../mod/pure/plan_diff/diff_table.ts";
import type { ImageChange } from "../../../mod/pure/plan_diff/image_change.ts";
import { nodeChanges } from "../../../mod/pure/plan_diff/node_changes.ts";
import { platformOf } from "../../../mod/pure/plan_diff/common_platform.ts";
import { textOf, type TextTable } from "../../../mod/pure/text_table.ts";

function tablesOf(images: readonly ImageChange[], unknownSizes: readonly string[] = []) {
  return diffTables({
    v: 1,
    compared: "objects",
    images,
    nodes: nodeChanges(images),
    unknownSizes,
    unchanged: 1,
    nodeCount: 3,
  });
}

const rows = (table: TextTable | undefined) => table?.cells.map((row) => row.map(textOf));

Deno.test("a difference becomes a row an image, a row a node and a sum", () => {
  const why = ["Deployment shop/web"];
  const { images, nodes, summary } = tablesOf([
    { change: "comes", image: "x:2", why, on: ["a", "b", "c"], off: [], sizeBytes: 5e6 },
    { change: "goes", image: "x:1", why, on: [], off: ["a"] },
    { change: "moves", image: "y:1", why, on: ["a"], off: ["b"], sizeBytes: 2e9 },
    { change: "stays", image: "z:1", why: ["kept", "2", "3"], on: [], off: [] },
  ], ["q:1"]);
  assertEquals(rows(images), [
    ["x:2", "comes", "all", "5.0 MB", "Deployment shop/web"],
    ["x:1", "goes", "a", "", "Deployment shop/web"],
    ["y:1", "moves", "to a\noff b", "2.0 GB", "Deployment shop/web"],
    ["z:1", "stays", "", "", "kept\n2\n+1 more"],
  ]);
  assertEquals(nodes?.heads, ["node", "comes", "to pull", "goes", "to free"]);
  assertEquals(rows(nodes), [
    ["a", "2", "2.0 GB", "1", "unknown"],
    ["b", "1", "5.0 MB", "1", "2.0 GB"],
    ["c", "1", "5.0 MB", "", ""],
  ]);
  assertEquals(
    summary,
    "1 comes, 1 goes, 1 moves, 1 stays; 1 wanted image of these objects stays as it is. " +
      "Sizes of 1 are not known: --sizes asks registries.",
  );
});

Deno.test("where nothing changes there is a sentence alone", () => {
  assertEquals(tablesOf([]), {
    images: undefined,
    nodes: undefined,
    summary: "Nothing changes; 1 wanted image of these objects stays as it is.",
  });
});

Deno.test("where the bucket knows none of the objects, their namespace may be another", () => {
  const diff = { v: 1, compared: "objects", images: [], nodes: [], unknownSizes: [] } as const;
  const { summary } = diffTables({ ...diff, unchanged: 0, nodeCount: 1, anyKnown: false });
  assertEquals(summary.includes("--default-namespace"), true, summary);
});

Deno.test("names of others move no cursor", () => {
  const { images } = tablesOf([
    { change: "comes", image: "x:1", why: ["Deployment \x1b[2J"], on: ["\x07"], off: [] },
  ]);
  assertEquals(rows(images), [["x:1", "comes", "\\u0007", "Deployment \\u001b[2J"]]);
});

Deno.test("sizes are asked for the platform that most nodes have", () => {
  const [arm, amd] = ["arm64", "amd64"].map((architecture) => ({ os: "linux", architecture }));
  assertEquals(platformOf([arm, amd, arm].filter((each) => each !== undefined)), {
    os: "linux",
    architecture: "arm64",
  });
  assertEquals(platformOf([{ os: "", architecture: "" }]), { os: "linux", architecture: "amd64" });
});
