import { assertEquals } from "@std/assert";
import { REPOSITORY } from "../harness/programs.ts";
import { type Unfindable, unfindableDocuments, unfindablePaths } from "./named_paths.ts";
import { repositoryFiles } from "./repository_files.ts";

const FILES = await repositoryFiles();

/** This test and what it tests name what must not be named. */
const EXEMPT = /^tests\/house\/(named_paths|layers)/;

Deno.test("paths that pages and comments name exist", async () => {
  assertEquals(await unfindable((path, text) => unfindablePaths(path, text, FILES)), []);
});

Deno.test("comments cite nothing that is not in the repository", async () => {
  assertEquals(await unfindable(unfindableDocuments), []);
});

Deno.test("a path is found from the root, mod/, tests/ or beside who names it", () => {
  const files = ["mod/pure/a.ts", "chart/_b.tpl", "tests/e2e/c.ts"];
  const named = (text: string) =>
    unfindablePaths("mod/flow/x.ts", text, files).map(({ text }) => text);
  for (const path of ["mod/pure/a.ts", "pure/a.ts", "a.ts", "mod/pure/", "_b.tpl", "e2e/c.ts"]) {
    assertEquals(named(`// See \`${path}\``), [], path);
  }
  assertEquals(named("// See mod/pure/a.ts, e.g. `a/b` and `hosts.toml`"), []);
  assertEquals(named("const x = `mod/gone.ts`;"), [], "code is no comment");
  for (const path of ["mod/gone.ts", "pure/gone.ts", "gone.ts", "tests/gone/"]) {
    assertEquals(named(` * See \`${path}\``), [path]);
  }
  assertEquals(named("x(); // see mod/gone.ts"), ["mod/gone.ts"]);
});

Deno.test("documents elsewhere are told from public ones and from plain words", () => {
  const cited = (text: string) => unfindableDocuments("mod/x.ts", `// ${text}`).length;
  for (
    const text of [
      ...["as design §5 rule 5 has it", "(design: NATS KV)", "facts of ctr", "facts/ctr.md §9"],
      ...["see shared/style.md", "(§2 and §3)"],
    ]
  ) assertEquals(cited(text), 1, text);
  for (
    const text of [
      ...["YAML 1.2 §9.1.2", "the facts of a node", "by design", "../shared/tools/ has one"],
      ...["RFC 9110 §10.2.3"],
    ]
  ) assertEquals(cited(text), 0, text);
});

async function unfindable(
  look: (path: string, text: string) => readonly Unfindable[],
): Promise<string[]> {
  const found: Unfindable[] = [];
  for (const path of FILES) {
    if (EXEMPT.test(path) || !/\.(md|ts|sh|tpl|ya?ml)$|Dockerfile$|^\.ci\//.test(path)) continue;
    found.push(...look(path, await Deno.readTextFile(REPOSITORY + path)));
  }
  return found.map(({ path, at, text }) => `${path}:${at} ${text}`);
}
