import { FleetView } from "../flow/fleet_view.ts";
import { readBeats, readReports } from "../flow/read_fleet.ts";
import { print } from "../program.ts";
import type { ControllerSettings } from "../pure/settings/controller_settings.ts";
import { fleetSummary } from "../pure/fleet/fleet_summary.ts";
import { nodeRows } from "../pure/fleet/node_rows.ts";
import { withBucketReader } from "./bucket_reader.ts";

/** Prints what is warm where; resolves to the exit code. */
export async function status(settings: ControllerSettings): Promise<number> {
  return await withBucketReader(settings, async ({ store, clock, signal }) => {
    const view = new FleetView(clock);
    const t0 = performance.now();
    await readBeats(store, view, { signal });
    const t1 = performance.now();
    if (settings.operands.length > 0) await readReports(store, view, { signal });
    const t2 = performance.now();
    const rows = nodeRows(view.fleet, { wanted: view.wanted, nowMs: clock.monotonicMs() });
    print(
      Deno.stdout,
      JSON.stringify([
        t1 - t0,
        t2 - t1,
        performance.now() - t2,
        Deno.memoryUsage().rss / 1e6,
        fleetSummary(view.fleet, rows),
      ]),
    );
    return 0;
  });
}
