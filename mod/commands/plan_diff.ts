import { type OutputShape, shapeOf } from "../adapters/terminal/screen.ts";
import { wrapText } from "../adapters/terminal/columns.ts";
import { drawTable } from "../adapters/terminal/table.ts";
import { FleetView } from "../flow/fleet_view.ts";
import { readBeats, readReasons } from "../flow/read_fleet.ts";
import { print } from "../program.ts";
import type { MetaRules } from "../pure/bucket/wire.ts";
import type { ControllerSettings } from "../pure/settings/controller_settings.ts";
import { platformOf } from "../pure/plan_diff/common_platform.ts";
import { type DiffTables, diffTables } from "../pure/plan_diff/diff_table.ts";
import { type DiffOf, planDiff } from "../pure/plan_diff/plan_diff.ts";
import { askSizes } from "./ask_sizes.ts";
import { faultOf, warnOfUnreadable } from "./bucket_fault.ts";
import { type BucketReader, withBucketReader } from "./bucket_reader.ts";
import { observePlan } from "./observe_plan.ts";

/**
 * Prints what would come and go beside what stands in the bucket; 0 whatever that is, 1 when an input
 * or the bucket could not be read.
 */
export async function comparePlan(settings: ControllerSettings): Promise<number> {
  return await withBucketReader(settings, (reader) => compare(settings, reader));
}

async function compare(settings: ControllerSettings, reader: BucketReader): Promise<number> {
  const { store, logger, signal, clock } = reader;
  const view = new FleetView(clock);
  await readBeats(store, view, { signal });
  const fault = faultOf(view);
  if (fault !== undefined) {
    print(Deno.stderr, fault);
    return 1;
  }
  warnOfUnreadable(view, logger);
  const why = await readReasons(store, { signal });
  const isPart = settings.manifests.length > 0;
  const { set, objects, nodes, unread, isWhole } = await observePlan(
    isPart ? asRunning(settings, view.meta?.rules) : settings,
    { ...reader, privateWhereUnmarked: isPart ? "open" : undefined },
  );
  const heldNodes = [...view.fleet.nodes.values()].flatMap(({ facts }) => facts ? [facts] : []);
  // Manifests of a release name no nodes; who may not read nodes has those of the bucket.
  const planNodes = nodes.length > 0 ? nodes : heldNodes;
  const of: DiffOf = {
    set,
    objects: isPart ? objects.workloads : undefined,
    nodes: planNodes,
    held: {
      wanted: view.wanted,
      why,
      nodes: new Set(heldNodes.map(({ name }) => name)),
      rules: view.meta?.rules,
      source: view.meta?.source ?? "kubernetes",
    },
    unread: isPart ? undefined : unread,
    sizes: new Map(),
  };
  const first = planDiff(of);
  const { extraCaFile } = settings;
  const diff = settings.plan.sizes && first.unknownSizes.length > 0
    ? planDiff({
      ...of,
      sizes: await askSizes(first.unknownSizes, {
        platform: platformOf(planNodes),
        extraCaFile,
        logger,
        signal,
      }),
    })
    : first;
  print(
    Deno.stdout,
    settings.output === "json"
      ? JSON.stringify(diff, null, 2)
      : drawn(diffTables(diff, settings.plan.sizes), shapeOf(Deno.stdout)),
  );
  return isWhole ? 0 : 1;
}

/**
 * What a release meets are the rules of the controller that runs. Marks of a namespace are seldom in
 * manifests: what would count by such a mark is taken to have it.
 */
function asRunning(
  settings: ControllerSettings,
  running: MetaRules | undefined,
): ControllerSettings {
  const { rules: own, private: ownPrivate } = settings;
  if (running === undefined) return { ...settings, rules: { ...own, onlyMarked: false } };
  const { cronLeadMs, forgetAfterMs: _, private: itsPrivate, ...rules } = running;
  return {
    ...settings,
    rules: { ...own, ...rules, cronLeadMs, onlyMarked: false },
    private: { ...ownPrivate, ...itsPrivate },
  };
}

function drawn({ images, nodes, summary }: DiffTables, shape: OutputShape): string {
  const tables = [images, nodes].flatMap((table) => table ? [drawTable(table, shape)] : []);
  return [...tables, wrapText(summary, shape.columns).join("\n")].join("\n\n");
}
