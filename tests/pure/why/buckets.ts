import { WantedValues } from "../../../mod/pure/bucket/wanted_values.ts";
import type { ReadImageReport } from "../../../mod/pure/bucket/agent_wire.ts";
import type { MetaRules, WantedValue, WhyValue } from "../../../mod/pure/bucket/wire.ts";
import { Fleet } from "../../../mod/pure/fleet/fleet.ts";
import type { ObservedNode } from "../../../mod/pure/objects/observed.ts";
import type { WhyOf } from "../../../mod/pure/why/why_image.ts";

/** The image that most tests are about. */
export const WEB = "reg.lab/web:1";
/** The present moment. */
export const NOW = { wallMs: Date.UTC(2026, 10, 27, 10), monotonicMs: 5_000_000 };
/** Five minutes before it. */
export const SINCE = "2026-11-27T09:55:00.000Z";

/** As without any setting. */
export const RULES: MetaRules = {
  listSpaces: ["*"],
  ignoreSpaces: [],
  ignoreImages: [],
  onlyMarked: false,
  keepRevisions: 1,
  forgetAfterMs: 3_600_000,
};

/** What a test bucket holds. */
export interface Held {
  readonly nodes?: readonly Partial<ObservedNode>[];
  readonly wanted?: readonly Partial<WantedValue>[];
  /** By node. */
  readonly reports?: Readonly<Record<string, Readonly<Record<string, ReadImageReport>>>>;
  /** How long ago their agents gave a sign, in ms. */
  readonly silentMs?: number;
  readonly why?: Partial<WhyValue>;
  readonly rules?: MetaRules;
}

/** A node with nothing special. */
export function nodeFacts(name: string, rest: Partial<ObservedNode> = {}): ObservedNode {
  return {
    name,
    uid: "",
    labels: {},
    taints: [],
    architecture: "amd64",
    os: "linux",
    unschedulable: false,
    skip: false,
    ...rest,
  };
}

/** A wanted value with nothing special. */
export function wantedValue(rest: Partial<WantedValue> = {}): WantedValue {
  return { v: 1, reference: WEB, priority: 0, placements: [{}], pullSecrets: [], ...rest };
}

/** What an explanation is made from. */
export function bucketOf(held: Held): WhyOf {
  const [fleet, wanted] = [new Fleet(), new WantedValues()];
  for (const node of held.nodes ?? []) fleet.putNode({ v: 1, ...nodeFacts("a"), ...node });
  for (const each of held.wanted ?? []) {
    wanted.putImage(wantedValue(each));
    fleet.putWanted(wantedValue(each));
  }
  for (const [node, images] of Object.entries(held.reports ?? {})) {
    const head = { v: 1, node, agent: "0.3.0", at: SINCE } as const;
    fleet.putReport({ ...head, images }, NOW.monotonicMs - (held.silentMs ?? 0));
  }
  const why = held.why && { v: 1 as const, count: 1, reasons: [], ...held.why };
  return { fleet, wanted, why, rules: held.rules ?? RULES, now: NOW };
}
