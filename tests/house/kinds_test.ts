import { assert, assertEquals } from "@std/assert";
import { targetOf } from "../../mod/adapters/kubernetes/kind_target.ts";
import { BUILT_IN_KINDS, CLUSTER_KINDS } from "../../mod/pure/objects/kinds.ts";
import { REPOSITORY } from "../harness/programs.ts";

const KINDS = [...CLUSTER_KINDS, ...BUILT_IN_KINDS];

Deno.test("the documentation names every kind that is followed", async () => {
  const pages = (await readPages()).join("\n");
  const missing = BUILT_IN_KINDS.map(({ kind }) => `${kind}s`).filter((name) =>
    !pages.includes(name)
  );
  assertEquals(missing, []);
});

Deno.test("the documentation grants the controller every kind that it reads", async () => {
  const command = /create clusterrole [^\n]*?(?:\\\n[^\n]*?)*--resource[ =](\S+)/g;
  const grants = (await readPages()).flatMap((page) => [...page.matchAll(command)]);
  assert(grants.length > 0, "No page shows kubectl create clusterrole");
  const expected = KINDS.map((kind) => targetOf(kind).resource).sort();
  for (const [, resources] of grants) assertEquals(resources?.split(",").sort(), expected);
});

/** The pages for people, wherever they are in the repository. */
async function readPages(): Promise<string[]> {
  const pages: string[] = [];
  for (const folder of ["", "chart/", "mod/", "tests/", ".github/"]) {
    for (const name of await namesIn(`${REPOSITORY}${folder}`)) {
      if (name.endsWith(".md")) pages.push(await Deno.readTextFile(REPOSITORY + folder + name));
    }
  }
  return pages;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
