import { KindChoice } from "../../../mod/pure/objects/kind_choice.ts";
import type { Observed } from "../../../mod/pure/objects/observed.ts";
import { textOf } from "../../../mod/pure/objects/raw_value.ts";
import { whatItLeaves } from "../../../mod/pure/objects/what_it_leaves.ts";

/** What an object of a manifest leaves with `--kinds auto`; `ignored` where it is nothing. */
export function observeObject(raw: unknown): Observed {
  const { apiVersion, kind } = Object(raw) as Readonly<Record<string, unknown>>;
  const found = new KindChoice(["auto"]).ofObject(textOf(apiVersion) ?? "", textOf(kind) ?? "");
  return (found && whatItLeaves(raw, found)) ?? { type: "ignored" };
}
