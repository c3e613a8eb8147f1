import { observeOnce } from "../flow/observe_once.ts";
import { openOrigin } from "../origin.ts";
import type { Clock } from "../ports/clock.ts";
import type { Logger } from "../ports/logger.ts";
import { momentOf } from "../pure/moment.ts";
import type { ObservedNode } from "../pure/objects/observed.ts";
import { notFollowedText } from "../pure/objects/not_followed.ts";
import type { PrivateMode } from "../pure/private_images/private_mode.ts";
import { settledNodes } from "../pure/placement/settled_nodes.ts";
import { startupTaintMatcher } from "../pure/placement/startup_taints.ts";
import type { ControllerSettings } from "../pure/settings/controller_settings.ts";
import { leftOut, leftOutText } from "../pure/wants/left_out.ts";
import { type SeenObjects, seenObjects } from "../pure/wants/seen_objects.ts";
import type { WantedSet } from "../pure/wants/wanted_set.ts";
import { WantsFold } from "../pure/wants/wants_fold.ts";
import { UNSEEN } from "./unseen.ts";

/** What would be wanted, and what it follows from. */
export interface ObservedPlan {
  readonly set: WantedSet;
  readonly objects: SeenObjects;
  /** As they will be once they have started. */
  readonly nodes: readonly ObservedNode[];
  /** Names of kinds of which objects may exist that could not be read. */
  readonly unread: Pick<ReadonlySet<string>, "has" | "size">;
  /** Whether every input could be read. */
  readonly isWhole: boolean;
}

/** Reads the source once and folds what is wanted; what is wrong with it is logged. */
export async function observePlan(
  settings: ControllerSettings,
  { logger, clock, signal, privateWhereUnmarked }: {
    readonly logger: Logger;
    readonly clock: Clock;
    readonly signal: AbortSignal;
    /** As in `WantsRules`. */
    readonly privateWhereUnmarked?: PrivateMode | undefined;
  },
): Promise<ObservedPlan> {
  const context = { logger, conditions: UNSEEN, metrics: UNSEEN, clock, signal };
  using origin = await openOrigin(settings, context);
  const waits = (notRead: string) => logger.info("Still reads what is there", { notRead });
  const seen = await observeOnce(origin.source, { signal, clock, waits });
  const objects = seenObjects(seen.records);
  const rules = { ...settings.rules, private: settings.private, privateWhereUnmarked };
  const fold = new WantsFold(rules, settings.forgetAfterMs);
  const { monotonicMs: nowMs, wallMs } = momentOf(clock);
  const set = fold.fold({ kinds: seen.kinds, seen: objects, nowMs, wallMs });
  for (const fault of seen.faults) logger.error("Could not read an input", { fault });
  for (const fault of set.faults) logger.warn("Skipped a faulty item", { ...fault });
  const leftOutByRules = leftOutText(
    leftOut(settings.rules, objects, { wallMs, withheld: set.withheld }),
  );
  if (leftOutByRules !== undefined) logger.info(`Left out: ${leftOutByRules}`);
  const notFollowed = notFollowedText(seen.notFollowed ?? []);
  if (notFollowed !== undefined) logger.warn(notFollowed);
  const { gate, startupTaints } = settings;
  const nodes = settledNodes(objects.nodes, {
    isStartupTaint: startupTaintMatcher(startupTaints),
    gateTaints: gate.isOn ? gate.taints : undefined,
    nowWallMs: wallMs,
  });
  const isWhole = seen.faults.length === 0;
  return { set, objects, nodes, unread: seen.unread, isWhole };
}
