import { systemClock as clock } from "../adapters/clock.ts";
import { drawTable } from "../adapters/terminal/table.ts";
import { observeOnce } from "../flow/observe_once.ts";
import { openOrigin } from "../origin.ts";
import type { Conditions } from "../ports/conditions.ts";
import type { Metrics } from "../ports/metrics.ts";
import { print, runLogged } from "../program.ts";
import { momentOf } from "../pure/moment.ts";
import type { ControllerSettings } from "../pure/settings/controller_settings.ts";
import { notFollowedText } from "../pure/objects/not_followed.ts";
import { settledNodes } from "../pure/placement/settled_nodes.ts";
import { startupTaintMatcher } from "../pure/placement/startup_taints.ts";
import { leftOut, leftOutText } from "../pure/wants/left_out.ts";
import { planOf, type PlanRow } from "../pure/wants/plan.ts";
import { planTable } from "../pure/wants/plan_table.ts";
import { seenObjects } from "../pure/wants/seen_objects.ts";
import { WantsFold } from "../pure/wants/wants_fold.ts";

/** Prints what would be wanted, by whom and where; 1 when an input could not be read. */
export async function plan(settings: ControllerSettings): Promise<number> {
  const unseen: Conditions & Metrics = {
    set: () => {},
    note: () => {},
    beat: () => {},
    count: () => {},
    gauge: () => {},
    observe: () => {},
  };
  return await runLogged(settings, async ({ logger, signal }) => {
    const context = { logger, conditions: unseen, metrics: unseen, clock, signal };
    using origin = await openOrigin(settings, context);
    const waits = (notRead: string) => logger.info("Still reads what is there", { notRead });
    const seen = await observeOnce(origin.source, { signal, clock, waits });
    const objects = seenObjects(seen.records);
    const fold = new WantsFold(settings.rules, settings.forgetAfterMs);
    const { monotonicMs: nowMs, wallMs } = momentOf(clock);
    const set = fold.fold({ kinds: seen.kinds, seen: objects, nowMs, wallMs });
    for (const fault of seen.faults) logger.error("Could not read an input", { fault });
    for (const fault of set.faults) logger.warn("Skipped a faulty item", { ...fault });
    const leftOutByRules = leftOutText(leftOut(settings.rules, objects, wallMs));
    if (leftOutByRules !== undefined) logger.info(`Left out: ${leftOutByRules}`);
    const notFollowed = notFollowedText(seen.notFollowed ?? []);
    if (notFollowed !== undefined) logger.warn(notFollowed);
    const nodes = settledNodes(objects.nodes, {
      isStartupTaint: startupTaintMatcher(settings.startupTaints),
      nowWallMs: wallMs,
    });
    const rows = planOf(set, nodes);
    print(Deno.stdout, settings.output === "json" ? JSON.stringify(rows, null, 2) : table(rows));
    return seen.faults.length > 0 ? 1 : 0;
  });
}

function table(rows: readonly PlanRow[]): string {
  const columns = Deno.stdout.isTerminal() ? Deno.consoleSize().columns : undefined;
  return drawTable(planTable(rows), { columns });
}
