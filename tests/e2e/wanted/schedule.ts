import { assertEquals } from "@std/assert";
import type { TestCluster } from "../../harness/cluster/test_cluster.ts";
import { cronJobOf, sleeping } from "../../harness/cluster/workloads.ts";
import { busyboxLayer } from "../../harness/images/pod_images.ts";
import { warmsNew } from "../warms_new.ts";
import { WORKERS } from "./pools.ts";

const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;

/** Makes a CronJob that runs in a minute or so; resolves to the requests that its image has cost. */
export async function startSchedule(test: TestCluster): Promise<number> {
  const image = await test.push("schedule/report", 0, { layers: [await busyboxLayer()] });
  await test.apply(cronJobAt("report", image, 90 * SECOND_MS)); // at 30 s at least
  await test.untilWarm(image, WORKERS);
  assertEquals(await test.sh("kubectl get pods --selector=app=report -o name"), "", "its pods");
  return await test.requestsFor("schedule/report");
}

/** The pod of its run finds the image; `before` is what `startSchedule()` told. */
export async function warmAheadOfItsRun(test: TestCluster, before: number): Promise<void> {
  const pod = "pod --selector=app=report";
  await test.sh(`kubectl wait --for=create ${pod} --timeout=3m`);
  await test.sh(`kubectl wait --for=condition=ready ${pod} --timeout=2m`);
  assertEquals(await test.requestsFor("schedule/report"), before, "its pod asked no registry");
}

/** Where a lead of an hour is set, what runs later is left alone until then. */
export async function onlyWithinTheLead(test: TestCluster): Promise<void> {
  const soon = await test.push("schedule/soon");
  const late = await test.push("schedule/late");
  await test.apply(
    cronJobAt("late", late, 240 * HOUR_MS),
    cronJobAt("soon", soon, HOUR_MS / 2),
  );
  await test.untilWarm(soon, WORKERS);
  await warmsNew(test, "schedule/marker", { nodes: WORKERS });
  assertEquals(await test.requestsFor("schedule/late"), 0);
}

/** A CronJob that runs once a year, the next time at the beginning of the minute in so many ms. */
function cronJobAt(name: string, image: string, inMs: number) {
  const at = new Date(Date.now() + inMs);
  const day = `${at.getUTCDate()} ${at.getUTCMonth() + 1}`;
  const schedule = `${at.getUTCMinutes()} ${at.getUTCHours()} ${day} *`;
  const pod = sleeping(image, { nodeSelector: { pool: "workers" } });
  const { spec, ...job } = cronJobOf(name, pod);
  return { ...job, spec: { ...spec, schedule, timeZone: "Etc/UTC" } };
}
