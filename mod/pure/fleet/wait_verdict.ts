import type { WantedValues } from "../bucket/wanted_values.ts";
import { durationText } from "../duration_text.ts";
import type { Moment } from "../moment.ts";
import type { StandingOfImage } from "../node_gate/due_standing.ts";
import { standingAt } from "../node_gate/node_standing.ts";
import { LOGIN_MISSING } from "../private_images/login_wait.ts";
import { isFinalFailure } from "../pulls/final_reason.ts";
import type { MetaRules, WhyValue } from "../bucket/wire.ts";
import { withheldText } from "../why/private_text.ts";
import { agentSign } from "./agent_sign.ts";
import type { Fleet } from "./fleet.ts";
import type { FleetNode } from "./fleet_node.ts";
import { reasonCode } from "./reason_counts.ts";
import { mayHave } from "./standing.ts";

/** What is waited for. */
export interface WaitFor {
  readonly fleet: Fleet;
  readonly wanted: WantedValues;
  /** Canonical references; absent: all that are wanted. */
  readonly images?: readonly string[] | undefined;
  /** Why images are wanted, or pods ask for them in vain, as far as the bucket was asked. */
  readonly why?: ReadonlyMap<string, WhyValue>;
  /** Those of the controller that writes the bucket, where it tells. */
  readonly rules?: MetaRules | undefined;
  readonly now: Moment;
}

/** An image that is not warm on a node that may run it; without a node, on none. */
export interface Lack {
  readonly image?: string;
  readonly node?: string;
  /** As the node reports it; `missing`: it does not (yet); `stale`: its agent gives no signs. */
  readonly state: string;
  /** Why, for a person. */
  readonly reason: string;
  /** It does not go away by itself, or not soon. */
  readonly isFault?: true;
}

/** Whether a wait is over; counts are of images on nodes. */
export interface WaitVerdict {
  /** `useless`: a fault that goes away by itself at no time, or not soon. */
  readonly result: "warm" | "waiting" | "useless";
  readonly warm: number;
  /** How many there should be, without those that a node does without. */
  readonly due: number;
  /** Lacks, faults first; at most 100 of each. */
  readonly lacks: readonly Lack[];
  /** How many lacks there are. */
  readonly lacking: number;
}

/** Most that are named of faults, and of what is awaited. */
const NAMED = 100;

/**
 * Judges by what nodes report. A node may run an image by the same rules as everywhere, so cordoned
 * ones and those that ask to be skipped are not waited for, nor are images that have nothing for a
 * node's platform, or that it could not use early. A node whose report does not name the image is not
 * warm, however old that is. Where no node may run an image, nothing lacks it.
 */
export function waitVerdict({ fleet, wanted, images, why, rules, now }: WaitFor): WaitVerdict {
  const [faults, awaited]: [Lack[], Lack[]] = [[], []];
  let [warm, due, lacking] = [0, 0, 0];
  const lack = (each: Lack) => {
    lacking++;
    const into = each.isFault ? faults : awaited;
    if (into.length < NAMED) into.push(each);
  };
  const asked = images ?? [...wanted.images.keys()];
  const nodes = [...fleet.nodes.values()];
  if (nodes.length === 0) lack({ state: "missing", reason: "no node is known yet" });
  if (asked.length === 0) lack({ state: "missing", reason: "nothing is wanted yet" });
  const anyFacts = nodes.some(({ facts }) => facts !== undefined);
  const placements = new Map(asked.map((image) => [image, wanted.placementsOf(image)]));
  for (const image of asked) {
    if (wanted.image(image) === undefined) {
      const { withheld } = why?.get(image) ?? {};
      lack(
        withheld === undefined ? { image, state: "missing", reason: "nothing wants it yet" } : {
          image,
          state: "missing",
          reason: withheldText(image, withheld, rules?.private),
          isFault: true,
        },
      );
      placements.delete(image);
    }
  }
  const unreported = new Set(anyFacts ? [] : placements.keys());
  for (const node of nodes) {
    for (const [image, cell] of cellsOf(node, placements.keys())) {
      if (cell !== undefined) unreported.delete(image);
      const isDue = mayHave(node, placements.get(image) ?? [], anyFacts) ||
        (cell !== undefined && !anyFacts);
      if (!isDue || (cell !== undefined && isLeftOut(cell))) continue;
      due++;
      if (cell?.state === "warm") warm++;
      else lack({ image, node: node.name, ...lackOf(node, cell, now) });
    }
  }
  for (const image of unreported) {
    due++;
    lack({ image, state: "missing", reason: "no node reports it yet" });
  }
  const result = faults.length > 0 ? "useless" : lacking > 0 ? "waiting" : "warm";
  return { result, warm, due, lacks: [...faults, ...awaited], lacking };
}

/** What a node reports of images; undefined where it does not. */
function* cellsOf(
  node: FleetNode,
  images: Iterable<string>,
): Generator<[image: string, cell: StandingOfImage | undefined]> {
  const reported = new Map<string, StandingOfImage>();
  for (const { cells, at } of node.places()) {
    const image = cells.images[at];
    if (image !== undefined) reported.set(image.reference, standingAt(node, cells, at));
  }
  for (const image of images) yield [image, reported.get(image)];
}

/** Whether the node does without the image for good; what finds no room may find some. */
function isLeftOut({ state, reason }: StandingOfImage): boolean {
  return state === "skipped" && isFinal(reason);
}

/** Whether the agent does not try again by itself, or rarely. */
function isFinal(reason: string | undefined): boolean {
  return isFinalFailure(reasonCode(reason));
}

function lackOf(
  node: FleetNode,
  cell: StandingOfImage | undefined,
  now: Moment,
): Pick<Lack, "state" | "reason" | "isFault"> {
  const { agent, ageMs = 0 } = agentSign(node, now.monotonicMs);
  const own = cell?.reason ?? "";
  switch (agent) {
    case "missing":
      return { state: agent, reason: "the node has no agent" };
    case "stale": {
      const last = cell === undefined ? "" : `; its last word: ${cell.state}${own && ` (${own})`}`;
      return {
        state: agent,
        reason: `its agent has been silent for ${durationText(ageMs)}${last}`,
      };
    }
    case "fresh": {
      if (cell === undefined) return { state: "missing", reason: unreportedText(node) };
      const { state, lacksLogin } = cell;
      if (lacksLogin) return { state, reason: `${own}: ${LOGIN_MISSING}`, isFault: true };
      const isFault = state === "failed" && isFinal(cell.reason);
      return { state, reason: own, ...(isFault && { isFault }) };
    }
    default:
      return agent satisfies never;
  }
}

function unreportedText({ report }: FleetNode): string {
  return (report?.omitted ?? 0) > 0
    ? "its report, which had no room for all images, does not name it"
    : "its agent does not report it yet";
}
