import type { WantedValues } from "../bucket/wanted_values.ts";
import type { MetaRules, WhyValue } from "../bucket/wire.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { Moment } from "../moment.ts";
import { placementText } from "../placement/placement_text.ts";
import { whyNot } from "../placement/why_not.ts";
import type { NodesLeftOut } from "../wants/plan.ts";
import { type PrivateUse, secretName } from "../private_images/private_use.ts";
import { reasonText } from "../wants/reason_text.ts";
import { withoutUnset } from "../without_unset.ts";
import { privateUseText, withheldText } from "./private_text.ts";
import { nodeOfImage, nodesOfImage, type WhyNode } from "./why_nodes.ts";

/** Why an image is wanted, where it may run, and how it stands there; JSON of `controller why`. */
export interface WhyImage {
  readonly v: 1;
  /** Canonical reference. */
  readonly image: string;
  /** Whether something wants it now; of others some bucket or node still has it. */
  readonly isWanted: boolean;
  /** ISO time since which nothing wants it any more; it stays warm until `keptUntil`. */
  readonly unwantedSince?: string;
  /** ISO time; absent where it is wanted, or where the rules do not tell. */
  readonly keptUntil?: string;
  /** At most 20 of the objects that want it, or did until `unwantedSince`. */
  readonly reasons: readonly WhyReason[];
  /** How many more there are. */
  readonly moreReasons: number;
  readonly priority?: number;
  /** ISO time since which a pod waits for it, or at which one will. */
  readonly neededBy?: string;
  /** Its largest size on any node, as registries store it. */
  readonly sizeBytes?: number;
  /** Whether registries are asked again and again what its tag stands for. */
  readonly refresh?: true;
  /** Login Secrets that its pods name, as `namespace/name`. */
  readonly pullSecrets: readonly string[];
  /** How it may be had where it takes a login; absent: it may not. */
  readonly private?: readonly WhyPrivate[];
  /** Pods that ask for it in vain, as it is private and off in their namespaces. */
  readonly withheld?: WhyWithheld;
  /** Nodes that may run it or that report it, the worst first. */
  readonly nodes: readonly WhyNode[];
  /** How many nodes are known. */
  readonly nodeCount: number;
  /** Nodes that may not run it, by the first rule that says no. */
  readonly notOn: readonly NodesLeftOut[];
  /** Where it is explained for one node: what keeps the pods of each placement off it. */
  readonly placements?: readonly WhyPlacement[];
}

/** How an image may be had that takes a login. */
export interface WhyPrivate {
  readonly mode: PrivateUse["mode"];
  /** As `namespace/name`; none: a login of the node alone may be used. */
  readonly secrets: readonly string[];
  /** The same in words. */
  readonly text: string;
}

/** In which namespaces an image is withheld: how many there are, and 20 of them. */
export type WhyWithheld = NonNullable<WhyValue["withheld"]> & {
  /** Why, and what to set, in words. */
  readonly text: string;
};

/** Whether pods with one placement may run on the node that was asked for. */
export interface WhyPlacement {
  /** Which nodes these pods need, such as `pool=ci`; absent: any that their tolerations allow. */
  readonly needs?: string;
  /** The first rule that says no; absent: they may run there. */
  readonly whyNot?: string;
}

/** One object that wants an image. */
export type WhyReason = WhyValue["reasons"][number] & {
  /** The same in words. */
  readonly text: string;
};

/** What an explanation is made from. */
export interface WhyOf {
  readonly fleet: Fleet;
  readonly wanted: WantedValues;
  /** The value of `why.<image>`. */
  readonly why: WhyValue | undefined;
  /** Those of the controller that writes the bucket, where it tells. */
  readonly rules: MetaRules | undefined;
  /** Its monotonic time is that of the fleet's `seenAt`. */
  readonly now: Moment;
}

/** Explains one image by its canonical reference. */
export function whyImage(reference: string, of: WhyOf): WhyImage {
  const { fleet, wanted, why, rules, now } = of;
  const value = wanted.image(reference);
  const since = why?.unwantedSince;
  return withoutUnset({
    v: 1,
    image: reference,
    isWanted: value !== undefined && since === undefined,
    unwantedSince: since,
    keptUntil: keptUntil(since, rules),
    reasons: (why?.reasons ?? []).map((reason) => ({ ...reason, text: reasonText(reason) })),
    moreReasons: Math.max(0, (why?.count ?? 0) - (why?.reasons.length ?? 0)),
    priority: value?.priority,
    neededBy: value?.neededBy,
    sizeBytes: value?.sizeBytes,
    refresh: value?.refresh,
    pullSecrets: (value?.pullSecrets ?? []).map(secretName),
    private: value?.private?.map((use) => ({
      mode: use.mode,
      secrets: use.secrets.map(secretName),
      text: privateUseText(use),
    })),
    withheld: why?.withheld && {
      ...why.withheld,
      text: withheldText(reference, why.withheld, rules?.private),
    },
    nodeCount: fleet.nodes.size,
    ...nodesOfImage(reference, {
      nodes: [...fleet.nodes.values()],
      placements: value && wanted.placementsOf(reference),
      now,
    }),
  });
}

/** Explains one image for one node; undefined where nothing is known of that node. */
export function whyOnNode(reference: string, node: string, of: WhyOf): WhyImage | undefined {
  const { fleet, wanted, now } = of;
  const found = fleet.nodes.get(node);
  if (found === undefined) return undefined;
  const { facts } = found;
  const placements = wanted.image(reference) && wanted.placementsOf(reference);
  return withoutUnset({
    ...whyImage(reference, of),
    nodes: [nodeOfImage(reference, found, { placements, now })],
    notOn: [],
    placements: facts &&
      placements?.map((placement) =>
        withoutUnset({ needs: placementText(placement), whyNot: whyNot(placement, facts) })
      ),
  });
}

function keptUntil(since: string | undefined, rules: MetaRules | undefined): string | undefined {
  const untilMs = Date.parse(since ?? "") + (rules?.forgetAfterMs ?? NaN);
  const date = new Date(untilMs);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
