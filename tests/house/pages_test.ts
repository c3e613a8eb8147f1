import { assertEquals } from "@std/assert";
import { GUIDE } from "../harness/documents/guide_sections.ts";
import { PAGES, proseOf, readPage } from "../harness/documents/pages.ts";
import { sectionCommands } from "../harness/documents/sections.ts";
import { REPOSITORY } from "../harness/programs.ts";
import { BUILT_IN_KINDS } from "../../mod/pure/objects/kinds.ts";
import { anchorsOf, linksOf } from "./page_links.ts";
import { repositoryFiles } from "./repository_files.ts";

Deno.test("every page is among those that tests read", async () => {
  const pages = (await repositoryFiles()).filter((path) => path.endsWith(".md"));
  assertEquals(pages.toSorted(), [...PAGES].toSorted());
});

Deno.test("README is short enough to be read at once", async () => {
  const lines = (await readPage("README.md")).split("\n").length;
  assertEquals(lines <= 250, true, `it has ${lines} lines`);
});

Deno.test("pages can be read in an editor: no line of prose or list is wider than 100", async () => {
  const wide: string[] = [];
  for (const page of PAGES) {
    for (const { line, at } of proseOf(await readPage(page))) {
      if (line.length > 100 && !isOneWord(line)) wide.push(`${page}:${at}`);
    }
  }
  assertEquals(wide, []);
});

Deno.test("links between pages, and to headings, lead somewhere", async () => {
  const dead: string[] = [];
  for (const page of PAGES) {
    for (const { path, anchor } of linksOf(page, await readPage(page))) {
      const text = await Deno.readTextFile(REPOSITORY + path).catch(() => undefined);
      const leads = text !== undefined && (anchor === "" || anchorsOf(text).includes(anchor));
      if (!leads) dead.push(`${page} → ${path}${anchor && `#${anchor}`}`);
    }
  }
  assertEquals(dead, []);
});

Deno.test("links and anchors are read as GitHub reads them", () => {
  const page = "# A `b`, c\n## D\n## D\n[x](../a.md#b) [y](#d-1) [z](https://example.com)\n";
  assertEquals(anchorsOf(page), ["a-b-c", "d", "d-1"]);
  assertEquals(linksOf("mod/README.md", page), [
    { path: "a.md", anchor: "b" },
    { path: "mod/README.md", anchor: "d-1" },
  ]);
});

Deno.test("README and the chart's page, which stands alone, install alike", async () => {
  const lines = async (of: typeof GUIDE.install | typeof GUIDE.chartInstall) =>
    (await sectionCommands(of)).join("\n").split("\n");
  assertEquals(await lines(GUIDE.chartInstall), await lines(GUIDE.install));
  assertEquals((await lines(GUIDE.install)).length, 3, "README promises three commands");
});

Deno.test("README leads to a first private image in ten lines, whosever registry it is", async () => {
  const section = { page: "README.md", heading: "Private images" } as const;
  const lines = (await sectionCommands(section)).join("\n").split("\n");
  // One of `login=…` goes before.
  assertEquals(lines.length + 1 <= 10, true, `it takes ${lines.length + 1}`);
});

Deno.test("the page of what is wanted names every kind of Kubernetes' own", async () => {
  const [, section = ""] = (await readPage("mod/WANTED.md")).split("## Kinds\n");
  assertEquals(BUILT_IN_KINDS.filter(({ kind }) => !section.includes(`${kind}s`)), []);
});

Deno.test("that page tells every mark by which users say what they want, and no other", async () => {
  const files = (await repositoryFiles("mod/pure/objects/")).map((path) => REPOSITORY + path);
  const code = (await Promise.all(files.map((path) => Deno.readTextFile(path)))).join("\n");
  const read = code.matchAll(/"warm-images\/([a-z]+)|\bread\("([a-z]+)"/g);
  const told = (await readPage("mod/WANTED.md")).matchAll(/`warm-images\/([a-z]+)/g);
  const names = (marks: Iterable<RegExpExecArray>) =>
    [...new Set([...marks].map(([, name, other]) => name ?? other))].sort();
  assertEquals(names(told), names(read));
});

/** A link or path that has no place to be broken, behind the mark of an item or a definition. */
function isOneWord(line: string): boolean {
  return !line.replace(/^\s*(- |\[[^\]]+\]: )?/, "").includes(" ");
}
