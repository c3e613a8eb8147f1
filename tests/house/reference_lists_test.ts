import { assertEquals, assertStringIncludes } from "@std/assert";
import { readPage } from "../harness/documents/pages.ts";
import { REFERENCE_PAGE, referenceLists, withLists } from "./reference_lists.ts";

Deno.test("the lists on their page say what the code says: deno task readme", async () => {
  const page = await readPage(REFERENCE_PAGE);
  assertEquals(wordsOf(page), wordsOf(withLists(page)));
  for (const name of Object.keys(referenceLists())) assertStringIncludes(page, `<!-- /${name} -->`);
});

Deno.test("lists are put in place, and anew when they are there already", () => {
  const once = withLists("a\n\n<!-- metrics -->\n\nb\n");
  assertStringIncludes(once, "- `warm_images_wanted` (gauge)");
  assertEquals(once.startsWith("a\n\n<!-- metrics -->\n\nBoth programs:"), true);
  assertEquals(once.endsWith("<!-- /metrics -->\n\nb\n"), true);
  assertEquals(withLists(once), once);
});

Deno.test("the lists can be read in an editor: no line is wider than 100", async () => {
  const page = await readPage(REFERENCE_PAGE);
  for (const name of Object.keys(referenceLists())) {
    const [, list = ""] = new RegExp(`<!-- ${name} -->(.*?)<!-- /`, "s").exec(page) ?? [];
    const lines = list.split("\n");
    assertEquals(lines.length > 5, true, name);
    assertEquals(lines.filter((line) => line.length > 100), []);
  }
});

/** The formatter wraps lines. */
function wordsOf(page: string): string {
  return page.split(/\s+/).join(" ");
}
