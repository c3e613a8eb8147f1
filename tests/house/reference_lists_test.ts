import { assertEquals, assertStringIncludes } from "@std/assert";
import { readmeTables, withTables } from "./readme_tables.ts";

Deno.test("README's tables say what the code says: deno task readme", async () => {
  const readme = await Deno.readTextFile(new URL("../../README.md", import.meta.url));
  assertEquals(cellsOf(readme), cellsOf(withTables(readme)));
  for (const name of Object.keys(readmeTables())) assertStringIncludes(readme, `<!-- /${name} -->`);
});

Deno.test("tables are put in place, and anew when they are there already", () => {
  const once = withTables("a\n\n<!-- metrics -->\n\nb\n");
  assertStringIncludes(once, "| `warm_images_wanted` |");
  assertEquals(once.startsWith("a\n\n<!-- metrics -->\n\n| metric"), true);
  assertEquals(once.endsWith("<!-- /metrics -->\n\nb\n"), true);
  assertEquals(withTables(once), once);
});

/** The formatter pads the cells of tables. */
function cellsOf(readme: string): string {
  return readme.replace(/ *\| */g, "|").replace(/\|-+/g, "|-");
}
