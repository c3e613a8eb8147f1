import { systemClock as clock } from "../adapters/clock.ts";
import { drawTable } from "../adapters/terminal/table.ts";
import { print, runLogged } from "../program.ts";
import type { ControllerSettings } from "../pure/settings/controller_settings.ts";
import { platformOf } from "../pure/plan_diff/common_platform.ts";
import { planOf, type PlanRow } from "../pure/wants/plan.ts";
import { planTable } from "../pure/wants/plan_table.ts";
import { askSizes } from "./ask_sizes.ts";
import { observePlan } from "./observe_plan.ts";
import { comparePlan } from "./plan_diff.ts";

/** Prints what would be wanted, by whom and where; 1 when an input could not be read. */
export async function plan(settings: ControllerSettings): Promise<number> {
  if (settings.plan.diff) return await comparePlan(settings);
  return await runLogged(settings, async ({ logger, signal }) => {
    const { set, nodes, isWhole } = await observePlan(settings, { logger, clock, signal });
    const { extraCaFile } = settings;
    const sizes = settings.plan.sizes
      ? await askSizes(set.images.keys(), {
        platform: platformOf(nodes),
        extraCaFile,
        logger,
        signal,
      })
      : undefined;
    const rows = planOf(set, nodes, sizes);
    print(Deno.stdout, settings.output === "json" ? JSON.stringify(rows, null, 2) : table(rows));
    return isWhole ? 0 : 1;
  });
}

function table(rows: readonly PlanRow[]): string {
  const columns = Deno.stdout.isTerminal() ? Deno.consoleSize().columns : undefined;
  return drawTable(planTable(rows), { columns });
}
