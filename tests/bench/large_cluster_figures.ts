import { LargeApiServer } from "../harness/fakes/large_api_server.ts";
import { type ClusterSize, largeCluster } from "../harness/fakes/large_cluster.ts";
import { printProgress } from "../harness/print.ts";
import type { TestProgram } from "../harness/programs.ts";
import { writeKubeconfig } from "../harness/servers/kubeconfig.ts";
import { startSite } from "../harness/servers/site.ts";
import { waitUntil } from "../harness/wait.ts";
import { Churn } from "./churn.ts";
import {
  compiledOrSource,
  type Figure,
  peakMegabytes,
  processorSeconds,
  residentMegabytes,
} from "./figure.ts";

const SIZE: ClusterSize = {
  deployments: 10_000,
  revisions: 10,
  pods: 150_000,
  nodes: 1_000,
  namespaces: 200,
  images: 2_000,
};
const PODS_PER_SECOND = 100;
const CHURN_SECONDS = 45; // a pass comes each minute, whatever happens
const SETTLE_SECONDS = 20;

/** A controller of a large cluster whose pods come and go; the API server is a scripted one. */
export async function largeClusterFigures(): Promise<Figure[]> {
  await using site = await startSite();
  await using server = new LargeApiServer(largeCluster(SIZE));
  const kubeconfig = `${site.manifests}/large.kubeconfig`;
  await writeKubeconfig(kubeconfig, { server: server.url, user: { token: "any" } });
  await using pair = await compiledOrSource(site);
  const binary = pair.controller;
  const kind = binary ? "compiled" : "from source";
  const startedMs = performance.now();
  await using controller = await site.controller({ kubeconfig, ...(binary && { binary }) });
  printProgress("Listing everything");
  await waitUntil("the bucket is written", () => controller.log().includes("Bucket written"), {
    timeoutMs: 600_000,
    everyMs: 200,
  });
  const listSeconds = (performance.now() - startedMs) / 1000;
  const listProcessor = await processorSeconds(controller.pid);
  const listed = server.sent;
  await pause(SETTLE_SECONDS);
  const settled = await residentMegabytes(controller.pid);
  const peak = await peakMegabytes(controller.pid);
  const { percent, passes, events } = await churn(server, controller);
  const after = await residentMegabytes(controller.pid);
  const what =
    `${SIZE.deployments} Deployments, ${SIZE.deployments * SIZE.revisions} ReplicaSets, ` +
    `${SIZE.pods} Pods, ${SIZE.nodes} Nodes`;
  return [{
    what: `controller memory, ${what} (${kind}): listed, after churn`,
    target: "250 MB",
    measured: `${settled.toFixed(0)} MB, ${after.toFixed(0)} MB; peak ${peak.toFixed(0)} MB`,
    met: Math.max(settled, after) <= 250,
  }, {
    what: `the same, start to bucket written (${(listed / 1e6).toFixed(0)} MB of JSON)`,
    target: "none",
    measured: `${listSeconds.toFixed(0)} s, ${listProcessor.toFixed(0)} s of a core`,
    met: true,
  }, {
    what: `the same, ${PODS_PER_SECOND} pods replaced each second (${events} events/s)`,
    target: "20 % of a core, no pass",
    measured: `${percent.toFixed(1)} %, ${passes} passes`,
    met: percent < 20 && passes === 0,
  }];
}

/** Pods come and go; a change that counts comes first, so that the next pass is a minute away. */
async function churn(
  server: LargeApiServer,
  controller: TestProgram,
): Promise<{ percent: number; passes: number; events: number }> {
  const passes = async () => await controller.metric("warm_images_pass_seconds_count") ?? NaN;
  const before = await passes();
  const path = "/apis/apps/v1/deployments";
  server.tell({ path, type: "DELETED", number: 0, change: 0 });
  await waitUntil("the change is passed", async () => await passes() > before);
  printProgress(`Replacing ${PODS_PER_SECOND} pods each second for ${CHURN_SECONDS} s`);
  const [usedBefore, passesBefore] = [await processorSeconds(controller.pid), await passes()];
  const churn = new Churn(server, SIZE, PODS_PER_SECOND);
  await churn.run(CHURN_SECONDS);
  const used = await processorSeconds(controller.pid) - usedBefore;
  return {
    percent: used / CHURN_SECONDS * 100,
    passes: await passes() - passesBefore,
    events: Math.round(churn.events / CHURN_SECONDS),
  };
}

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
