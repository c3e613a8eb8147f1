import { assertEquals, assertStringIncludes } from "@std/assert";
import { readPage } from "../harness/documents/pages.ts";
import { REFERENCE_PAGES, referenceLists, withLists } from "./reference_lists.ts";
import { valuesListOf } from "./values_list.ts";

for (const name of REFERENCE_PAGES) {
  Deno.test(`the lists on ${name} say what the code says: deno task readme`, async () => {
    const page = await readPage(name);
    assertEquals(wordsOf(page), wordsOf(withLists(name, page)));
    for (const list of Object.keys(referenceLists(name))) {
      assertStringIncludes(page, `<!-- /${list} -->`);
    }
  });

  Deno.test(`the lists on ${name} can be read in an editor: no line is wider than 100`, async () => {
    const page = await readPage(name);
    for (const each of Object.keys(referenceLists(name))) {
      const [, list = ""] = new RegExp(`<!-- ${each} -->(.*?)<!-- /`, "s").exec(page) ?? [];
      const lines = list.split("\n");
      assertEquals(lines.length > 5, true, each);
      assertEquals(lines.filter((line) => line.length > 100), []);
    }
  });
}

Deno.test("lists are put in place, and anew when they are there already", () => {
  const page = "mod/README.md";
  const once = withLists(page, "a\n\n<!-- metrics -->\n\nb\n");
  assertStringIncludes(once, "- `warm_images_wanted` (gauge)");
  assertEquals(once.startsWith("a\n\n<!-- metrics -->\n\nBoth programs:"), true);
  assertEquals(once.endsWith("<!-- /metrics -->\n\nb\n"), true);
  assertEquals(withLists(page, once), once);
});

Deno.test("values are listed with their comments, defaults and bounds", () => {
  const yaml = `# A text that belongs to no key.

# -- The server
server:
  # From here on it is about sizes.
  # -- How many;
  # more is faster
  count: 3
  # -- How it logs
  log: auto
  # -- Its labels
  labels:
    a: b
# -- A name
name: ""
# -- Much
much: [${'"aaaaaaaaaa", '.repeat(10)}]
`;
  const count = { minimum: 1, maximum: 50 };
  const properties = { count: { $ref: "#/definitions/count" }, log: { enum: ["auto", "text"] } };
  const schema = { properties: { server: { properties } }, definitions: { count } };
  assertEquals(valuesListOf(yaml, schema).split("\n"), [
    '- `name` (`""`): A name',
    "- `much` (see values.yaml): Much",
    "",
    "**`server`**: The server",
    "",
    "- `server.count` (`3`; 1 to 50): How many; more is faster",
    "- `server.log` (`auto`; one of `auto`, `text`): How it logs",
    '- `server.labels` (`{"a":"b"}`): Its labels',
    "",
  ]);
});

/** The formatter wraps lines. */
function wordsOf(page: string): string {
  return page.split(/\s+/).join(" ");
}
