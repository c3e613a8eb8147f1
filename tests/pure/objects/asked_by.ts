import { KindChoice } from "../../../mod/pure/objects/kind_choice.ts";
import type { ObservedWorkload, Placement } from "../../../mod/pure/objects/observed.ts";
import { whatItLeaves } from "../../../mod/pure/objects/what_it_leaves.ts";

type Fields = Readonly<Record<string, unknown>>;

/** An object of a kind, as its API has it. */
export function object(apiVersion: string, kind: string, fields: Fields): Fields {
  return { apiVersion, kind, metadata: { name: "a", namespace: "x" }, ...fields };
}

/** What is kept of an object, by the kind that `words` of `--kinds` choose for it. */
export function workloadOf(raw: Fields, words = ["auto"]): ObservedWorkload | undefined {
  const kind = new KindChoice(words).ofObject(String(raw["apiVersion"]), String(raw["kind"]));
  if (kind === undefined) throw new Error(`No kind for ${raw["apiVersion"]} ${raw["kind"]}`);
  const record = whatItLeaves(raw, kind);
  if (record === undefined) return undefined;
  if (record.type !== "workload") throw new Error(`It leaves a record of ${record.type}`);
  return record.workload;
}

/** The images that an object asks for, as written, each shape by itself. */
export function imagesOf(raw: Fields, words?: string[]): string[][] {
  return (workloadOf(raw, words)?.shapes ?? []).map(({ wants }) =>
    wants.map((want) => want.written)
  );
}

/** Where the pods of an object may run, by the first image that they ask for. */
export function placementsOf(raw: Fields, words?: string[]): Record<string, Placement> {
  const shapes = workloadOf(raw, words)?.shapes ?? [];
  return Object.fromEntries(shapes.map(({ wants, placement }) => [wants[0]?.written, placement]));
}

/** The fields that should name an image and do not, with the reason. */
export function faultsOf(raw: Fields, words?: string[]): string[] {
  return (workloadOf(raw, words)?.faults ?? []).map(({ field, why }) => `${field}: ${why}`);
}
