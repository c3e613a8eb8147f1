import { type Kind, kindName } from "../../mod/pure/objects/kind.ts";
import { BUILT_IN_KINDS, CLUSTER_KINDS } from "../../mod/pure/objects/kinds.ts";
import { KNOWN_KINDS } from "../../mod/pure/objects/known_kinds.ts";
import { REPOSITORY } from "../harness/programs.ts";

/** The template that tells the chart which API group and resource each kind has. */
export const KIND_TABLE_PATH: string = `${REPOSITORY}chart/templates/_kinds.tpl`;

/** What it should say. Go's templates cannot read TypeScript, so `deno task readme` writes it. */
export function kindTable(): string {
  return [
    "{{/* API group and resource of each kind, and whether it lies in no namespace: */}}",
    "{{/* written by `deno task readme`, do not edit. */}}\n",
    definition("knownKinds", "Kinds that `kinds` may name", [...BUILT_IN_KINDS, ...KNOWN_KINDS]),
    definition(
      "clusterKinds",
      "Kinds that are always read",
      CLUSTER_KINDS,
    ),
  ].join("\n");
}

function definition(name: string, about: string, kinds: readonly Kind[]): string {
  const rows = kinds.map((kind) => {
    const scope = kind.namespaced ? "" : ", cluster";
    return `${kindName(kind)}: ["${kind.group}", ${kind.plural}${scope}]\n`;
  });
  return `{{/* ${about}. */}}\n{{- define "warm-images.${name}" -}}\n${rows.join("")}{{- end -}}\n`;
}
