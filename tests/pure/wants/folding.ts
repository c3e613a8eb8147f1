import { KindChoice } from "../../../mod/pure/objects/kind_choice.ts";
import { labelGate } from "../../../mod/pure/objects/label_gate.ts";
import type { Observed } from "../../../mod/pure/objects/observed.ts";
import { whatItLeaves } from "../../../mod/pure/objects/what_it_leaves.ts";
import { mayRun } from "../../../mod/pure/placement/eligibility.ts";
import { seenObjects } from "../../../mod/pure/wants/seen_objects.ts";
import type { WantedSet } from "../../../mod/pure/wants/wanted_set.ts";
import { WantsFold, type WantsRules } from "../../../mod/pure/wants/wants_fold.ts";

/** As without any setting. */
export const RULES: WantsRules = {
  listSpaces: ["*"],
  ignoreSpaces: [],
  ignoreImages: [],
  listImages: [],
  keepRevisions: 1,
};

/** The time of day at which passes begin. */
const START_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

/** How long what pods showed is known after the last of them, in milliseconds. */
export const FORGET_MS = 60_000;

type Raw = Readonly<Record<string, unknown>>;

/** What the objects of one cluster leave, with these `--kinds` and this `--gate-for`. */
export function observeAll(
  objects: readonly Raw[],
  kinds: readonly string[] = ["auto"],
  gateFor: WantsRules["gateFor"] = undefined,
) {
  const isGated = labelGate(gateFor);
  const choice = new KindChoice(kinds);
  const records = objects.map((raw): Observed => {
    const kind = choice.ofObject(String(raw["apiVersion"]), String(raw["kind"]));
    return (kind && whatItLeaves(raw, kind, isGated)) ?? { type: "ignored" };
  });
  return { kinds: choice.names, seen: seenObjects(records) };
}

/** A controller's memory over several passes, each over a whole cluster. */
export class Passes {
  readonly #fold: WantsFold;
  readonly #kinds: readonly string[];
  readonly #gateFor: WantsRules["gateFor"];

  constructor(rules: Partial<WantsRules> = {}, kinds: readonly string[] = ["auto"]) {
    this.#fold = new WantsFold({ ...RULES, ...rules }, FORGET_MS);
    this.#kinds = kinds;
    this.#gateFor = rules.gateFor;
  }

  /** `nowMs` is monotonic, `wallMs` the time of day. */
  pass(objects: readonly Raw[], nowMs = 0, wallMs = START_MS + nowMs): WantedSet {
    return this.passOver(observeAll(objects, this.#kinds, this.#gateFor), nowMs, wallMs);
  }

  /** The same with what objects have left: of those that did not change the very same. */
  passOver(
    observed: ReturnType<typeof observeAll>,
    nowMs = 0,
    wallMs = START_MS + nowMs,
  ): WantedSet {
    return this.#fold.fold({ ...observed, nowMs, wallMs });
  }

  /** Each image with how its first reason asks for it, such as `web:1 (pods)`. */
  wants(objects: readonly Raw[], nowMs = 0): string[] {
    return wantsOf(this.pass(objects, nowMs));
  }
}

/** Short names of all images, each with how it is asked for where no template names it. */
export function wantsOf(set: WantedSet): string[] {
  return [...set.images.values()].map(({ reference, reasons: [reason] }) => {
    const name = reference.replace(/^docker\.io\/(?:library\/)?/, "");
    const number = reason?.revision ? ` ${reason.revision}` : "";
    return reason?.how === undefined ? name : `${name} (${reason.how}${number})`;
  });
}

/** Names of the nodes on which an image is wanted. */
export function nodesOf(set: WantedSet, reference: string, objects: readonly Raw[]): string[] {
  const placements = set.images.get(reference)?.placements ?? [];
  return observeAll(objects).seen.nodes
    .filter((node) => placements.some((placement) => mayRun(placement, node)))
    .map(({ name }) => name).sort();
}
