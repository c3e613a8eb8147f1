// Keeps the chart's present renders as what tests compare with; look at the difference before you
// commit it: `deno run -A $(deno run -A tests/offline/flags.ts) tests/chart/update_snapshots.ts`.
import { snapshotOf, snapshotPath, SNAPSHOTS } from "./snapshots.ts";

for (const values of SNAPSHOTS) {
  await Deno.writeTextFile(snapshotPath(values), await snapshotOf(values));
}
