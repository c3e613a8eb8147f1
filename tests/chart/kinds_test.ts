import { assertEquals } from "@std/assert";
import { parse } from "yaml";
import { targetOf } from "../../mod/adapters/kubernetes/kind_target.ts";
import { AUTO, KIND_NAMES } from "../../mod/pure/objects/kind_choice.ts";
import { BUILT_IN_KINDS, CLUSTER_KINDS } from "../../mod/pure/objects/kinds.ts";
import { KNOWN_KINDS } from "../../mod/pure/objects/known_kinds.ts";
import { VALUES } from "./schema.ts";
import { snapshotPath } from "./snapshots.ts";

Deno.test("by default the chart looks at all kinds that are known", () => {
  assertEquals((VALUES as { kinds: string }).kinds, AUTO);
});

Deno.test("no two kinds that users may name have the same name", () => {
  const names = KIND_NAMES.flatMap((name) => [name, `${name}s`, `${name}es`]).map((name) =>
    name.toLowerCase()
  );
  assertEquals(names.length, new Set(names).size);
});

Deno.test("by default the controller may read all kinds that are known, and which come", async () => {
  const { rules } = await defaultClusterRole();
  const granted = rules.flatMap(({ apiGroups, resources, verbs }) => {
    assertEquals(verbs, ["get", "list", "watch"]);
    return apiGroups.flatMap((group) =>
      resources.map((plural) => group === "" ? plural : `${plural}.${group}`)
    );
  });
  const kinds = [...BUILT_IN_KINDS, ...KNOWN_KINDS, ...CLUSTER_KINDS];
  const definitions = "customresourcedefinitions.apiextensions.k8s.io";
  assertEquals(
    granted.sort(),
    [definitions, ...kinds.map((kind) => targetOf(kind).resource)].sort(),
  );
});

interface ClusterRole {
  readonly rules: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
  }[];
}

async function defaultClusterRole(): Promise<ClusterRole> {
  const documents = (await Deno.readTextFile(snapshotPath("defaults"))).split("\n---\n");
  const role = documents.find((document) => /^kind: ClusterRole$/m.test(document));
  return parse(role ?? "");
}
