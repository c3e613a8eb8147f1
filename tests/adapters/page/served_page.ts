import { openHealth } from "../../../mod/adapters/health/health_server.ts";
import { HealthState } from "../../../mod/adapters/health/health_state.ts";
import { openPage } from "../../../mod/adapters/page/page.ts";
import { systemClock } from "../../../mod/adapters/clock.ts";
import { openMetrics } from "../../../mod/adapters/prom_metrics.ts";
import { ShownBucket } from "../../../mod/flow/shown_bucket.ts";
import { whyKey } from "../../../mod/pure/bucket/state_keys.ts";
import type { SampleFleet } from "../../harness/fakes/sample_fleet.ts";

/** A page as a controller serves it, over a bucket that the test fills. */
export interface ServedPage extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly bucket: ShownBucket;
  readonly state: HealthState;
  /** Texts of the bucket, which hold why images are wanted. */
  readonly held: Map<string, string>;
  /** Whether the bucket counts as read. */
  setSynced(synced: boolean): void;
}

/** Serves a page; on a free port unless told. */
export function servePage(port = 0): ServedPage {
  const bucket = new ShownBucket();
  const held = new Map<string, string>();
  const filler = { held, synced: true };
  bucket.filledBy(filler);
  const state = new HealthState(systemClock);
  state.set("nats", true);
  const title = "warm-images controller 0.3.0";
  const address = { hostname: "127.0.0.1", port };
  const health = openHealth({ address, state, metrics: openMetrics("controller"), title });
  const readiness = () => state.readiness();
  const page = openPage({ shown: bucket, readiness, clock: systemClock, title });
  health.serveAlso(page.handle);
  const served = health.address?.port ?? 0;
  return {
    url: `http://127.0.0.1:${served}/`,
    port: served,
    ...{ bucket, state, held },
    setSynced: (synced) => {
      filler.synced = synced;
      bucket.changed();
    },
    [Symbol.asyncDispose]: async () => {
      await page[Symbol.asyncDispose]();
      await health[Symbol.asyncDispose]();
    },
  };
}

/** Puts a whole fleet into the bucket of a page. */
export function fill({ bucket, held }: ServedPage, fleet: SampleFleet): void {
  const seenAt = systemClock.monotonicMs();
  for (const value of fleet.nodes) bucket.put({ type: "node", value }, seenAt);
  for (const value of fleet.wanted) bucket.put({ type: "wanted", value }, seenAt);
  for (const value of fleet.reports) bucket.put({ type: "report", value }, seenAt);
  for (const value of fleet.beats) bucket.put({ type: "beat", value }, seenAt);
  fleet.references.forEach((reference, at) => {
    held.set(whyKey(reference), JSON.stringify(fleet.why[at]));
  });
}
