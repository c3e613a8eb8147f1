import { cutText } from "../bucket/limits.ts";
import { durationText } from "../duration_text.ts";
import { withoutSecretNames } from "../private_images/secret_names.ts";
import type { DueStanding, StandingOfImage } from "./due_standing.ts";
import type { OpenedBy } from "./gate_verdict.ts";
import { WARM_CONDITION, type WarmCondition } from "./warm_condition.ts";

/** What of a gate is told to people. */
export interface ToldOpening {
  readonly by: OpenedBy;
  /** Undefined: not all objects were read yet. */
  readonly due: readonly string[] | undefined;
  readonly isUnlabelled: boolean;
  /** Undefined: the node's agent has not reported. */
  readonly standing: DueStanding | undefined;
  /** What the node reports of an image. */
  readonly standingOf: (image: string) => StandingOfImage | undefined;
  /** How long the gate was shut, in ms. */
  readonly shutMs: number;
}

/** Images that are named, of all. */
const NAMED = 3;
/** References and registries' words have any length. */
const MOST = { image: 100, reason: 60, chars: 600 };

/** Says in one line how many of the due images are there, and what is missing and why. */
export function openingText(opening: ToldOpening): string {
  return plain(sentence(opening));
}

function sentence(opening: ToldOpening): string {
  const { by, due, standing, shutMs } = opening;
  switch (by) {
    case "nothing_due":
      return "No image is due here";
    case "limit":
      return `The time was up after ${durationText(shutMs)}: ${lack(opening)}`;
    case "warm": {
      const there = `${standing?.warm ?? 0} of ${due?.length ?? 0} due images are here`;
      const enough = (standing?.awaited.length ?? 0) > 0 ? ", as many as are enough" : "";
      return there + enough + unawaited(opening);
    }
    default:
      return by satisfies never;
  }
}

function lack(opening: ToldOpening): string {
  const { due, isUnlabelled, standing, standingOf } = opening;
  if (due === undefined) return "what is due was not known yet";
  if (isUnlabelled) return "what is due was not known, as labels of the node were still to come";
  if (standing === undefined) {
    return `the node's agent has not reported (due images: ${due.length})`;
  }
  const missing = named(standing.awaited, (image) => standText(standingOf(image)));
  const { length } = standing.awaited;
  return `${length} of ${due.length} due images are missing: ${missing}${unawaited(opening)}`;
}

function unawaited(opening: ToldOpening): string {
  const hopeless = hopelessText(opening);
  return hopeless === undefined ? "" : `; not waited for: ${hopeless}`;
}

/** The images that nobody waits for, and why; undefined: there is none. */
export function hopelessText({ standing }: Pick<ToldOpening, "standing">): string | undefined {
  const hopeless = new Map(standing?.hopeless.map(({ image, reason }) => [image, reason]));
  if (hopeless.size === 0) return undefined;
  return plain(named([...hopeless.keys()], (image) => hopeless.get(image) ?? ""));
}

/** The condition of a node whose gate opens; more people may read Nodes than Secrets. */
export function warmCondition(opening: ToldOpening): WarmCondition {
  return {
    type: WARM_CONDITION,
    status: "True",
    reason: REASONS[opening.by],
    message: withoutSecretNames(openingText(opening)),
  };
}

const REASONS: Readonly<Record<OpenedBy, string>> = {
  warm: "Warm",
  "nothing_due": "NothingDue",
  limit: "LimitPassed",
};

function named(images: readonly string[], whyOf: (image: string) => string): string {
  const some = images.slice(0, NAMED).map((image) =>
    `${cutText(image, MOST.image)} (${cutText(whyOf(image), MOST.reason)})`
  );
  const more = images.length - some.length;
  return some.join(", ") + (more > 0 ? ` and ${more} more` : "");
}

function standText(standing: StandingOfImage | undefined): string {
  if (standing === undefined) return "not reported";
  const { state, reason } = standing;
  return reason === undefined ? state : `${state}: ${reason}`;
}

/** Reports hold words of other programs. */
function plain(text: string): string {
  return cutText(text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, " "), MOST.chars);
}
