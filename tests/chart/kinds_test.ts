import { assertEquals } from "@std/assert";
import { parse } from "yaml";
import { kindName } from "../../mod/pure/objects/kind.ts";
import { BUILT_IN_KINDS, CLUSTER_KINDS } from "../../mod/pure/objects/kinds.ts";
import { CHART } from "./chart.ts";
import { VALUES } from "./schema.ts";
import { snapshotPath } from "./snapshots.ts";

const NAMES = BUILT_IN_KINDS.map(kindName);
const KINDS = [...CLUSTER_KINDS, ...BUILT_IN_KINDS];

Deno.test("the chart's default kinds are those of mod/pure/objects/kinds.ts", () => {
  const { kinds } = VALUES as { kinds: string };
  assertEquals(kinds.split(" "), NAMES);
});

Deno.test("the chart knows group and plural of the kinds of mod/pure/objects/kinds.ts", async () => {
  const chosen = KINDS.filter((kind) => NAMES.includes(kindName(kind)));
  const expected = chosen.map((kind) => [kindName(kind), [kind.group, kind.plural]]);
  assertEquals(await knownKinds(), Object.fromEntries(expected));
});

Deno.test("by default the controller may read the kinds of mod/pure/objects/kinds.ts", async () => {
  const { rules } = await defaultClusterRole();
  const granted = rules.flatMap(({ apiGroups, resources, verbs }) => {
    assertEquals(verbs, ["get", "list", "watch"]);
    return apiGroups.flatMap((group) => resources.map((plural) => `${group}/${plural}`));
  });
  assertEquals(granted.sort(), KINDS.map(({ group, plural }) => `${group}/${plural}`).sort());
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

/** The template's own table, which gives for each kind its group and plural. */
async function knownKinds(): Promise<unknown> {
  const folder = `${CHART}/templates`;
  for await (const { name } of Deno.readDir(folder)) {
    const text = await Deno.readTextFile(`${folder}/${name}`);
    const table = /define "warm-images\.knownKinds" -}}\n(.*?)\n{{- end/s.exec(text)?.[1];
    if (table !== undefined) return parse(table);
  }
  throw new Error(`No template in ${folder} defines "warm-images.knownKinds"`);
}
