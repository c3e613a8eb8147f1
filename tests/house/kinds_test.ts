import { assert, assertEquals } from "@std/assert";
import { targetOf } from "../../mod/adapters/kubernetes/kind_target.ts";
import { BUILT_IN_KINDS, CLUSTER_KINDS } from "../../mod/pure/objects/kinds.ts";
import { KNOWN_KINDS } from "../../mod/pure/objects/known_kinds.ts";
import { listedResources } from "../harness/documents/kinds_list.ts";
import { PAGES, readPage } from "../harness/documents/pages.ts";
import { KIND_TABLE_PATH, kindTable } from "./kind_table.ts";

Deno.test("the chart knows every kind that is read, and its resource: deno task readme", async () => {
  assertEquals(await Deno.readTextFile(KIND_TABLE_PATH), kindTable());
});

Deno.test("the list of kinds says for each which resource that is", async () => {
  const kinds = [...BUILT_IN_KINDS, ...KNOWN_KINDS, ...CLUSTER_KINDS];
  assertEquals(
    listedResources(await readPage("mod/README.md")).sort(),
    kinds.map((kind) => targetOf(kind).resource).sort(),
  );
});

Deno.test("the documentation grants a controller on its own what every cluster has", async () => {
  const command = /create clusterrole [^\n]*?(?:\\\n[^\n]*?)*--resource[ =](\S+)/g;
  const pages = await Promise.all(PAGES.map(readPage));
  const grants = pages.flatMap((page) => [...page.matchAll(command)]);
  assert(grants.length > 0, "No page shows kubectl create clusterrole");
  const expected = [
    ...[...BUILT_IN_KINDS, ...CLUSTER_KINDS].map((kind) => targetOf(kind).resource),
    // Which kinds of others there are, it learns from these.
    "customresourcedefinitions.apiextensions.k8s.io",
  ].sort();
  for (const [, resources] of grants) assertEquals(resources?.split(",").sort(), expected);
});
