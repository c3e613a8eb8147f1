import type { ClusterSize } from "../../harness/fakes/large_cluster.ts";
import { printProgress } from "../../harness/print.ts";
import { startProgram, type TestProgram } from "../../harness/programs.ts";
import { startNatsServer, type TestNats } from "../../harness/servers/nats_server.ts";
import { waitUntil } from "../../harness/wait.ts";
import {
  compiledOrSource,
  type Figure,
  peakMegabytes,
  processorSeconds,
  residentMegabytes,
} from "../figure.ts";
import { PlayedCluster } from "./played_cluster.ts";
import { replacePods } from "./pod_turnover.ts";

const SIZE: ClusterSize = {
  deployments: 1_000,
  revisions: 5,
  pods: 10_000,
  nodes: 1_000,
  namespaces: 50,
  images: 500,
};
const PODS_PER_SECOND = 100;
const CHURN_SECONDS = 45; // a pass comes each minute, whatever happens
const SETTLE_SECONDS = 20;

/** How the controller under measurement is started. */
interface Run {
  readonly cluster: PlayedCluster;
  readonly nats: TestNats;
  readonly binary: string | undefined;
}

/** Whether a controller has listed everything. */
type Listed = (controller: TestProgram) => boolean | Promise<boolean>;

/** A controller on a real control plane, as large as this machine carries; kwok plays its nodes. */
export async function realApiServerFigures(): Promise<Figure[]> {
  await using nats = await startNatsServer();
  await using cluster = await PlayedCluster.start(SIZE);
  await using pair = await compiledOrSource({ read: [cluster.api.folder], run: [] });
  const run: Run = { cluster, nats, binary: pair.controller };
  const empty = await settledMegabytes(run, (controller) => controller.ready());
  const { deployments, revisions, pods, nodes } = SIZE;
  printProgress(`Creating ${deployments} Deployments and ${nodes} nodes`);
  await cluster.fill();
  const podless = await settledMegabytes(run, hasWritten);
  printProgress(`Waiting until ${pods} pods run`);
  const scaledMs = performance.now();
  await cluster.runPods();
  const scaleSeconds = (performance.now() - scaledMs) / 1000;
  await using controller = await start(run);
  const listed = await settled(controller, hasWritten);
  const { percent, passes, replaced, writes } = await churn(run, controller);
  const after = await residentMegabytes(controller.pid);
  const peak = await peakMegabytes(controller.pid);
  const kind = run.binary ? "compiled" : "from source";
  return [{
    what: `controller memory on a real API server, ${deployments} Deployments, ` +
      `${deployments * revisions} ReplicaSets, ${pods} Pods, ${nodes} Nodes (${kind}): ` +
      "listed, after churn",
    target: "250 MB",
    measured: `${listed.toFixed(0)} MB, ${after.toFixed(0)} MB; peak ${peak.toFixed(0)} MB`,
    met: Math.max(listed, after) <= 250,
  }, {
    what: "the same, before there were pods, and on an empty API server",
    target: "none",
    measured: `${podless.toFixed(0)} MB, ${empty.toFixed(0)} MB; ` +
      `${((listed - podless) * 1000 / pods).toFixed(1)} KB per pod`,
    met: true,
  }, {
    what: `the same, ${replaced} pods replaced each second (asked for ${PODS_PER_SECOND}; ` +
      `${writes} writes/s; all ran after ${scaleSeconds.toFixed(0)} s)`,
    target: "20 % of a core, no pass",
    measured: `${percent.toFixed(1)} %, ${passes} passes`,
    met: percent < 20 && passes === 0,
  }];
}

/** Memory of a controller that is stopped again. */
async function settledMegabytes(run: Run, listed: Listed): Promise<number> {
  await using controller = await start(run);
  return await settled(controller, listed);
}

/** Its memory in MB, a while after it has listed everything. */
async function settled(controller: TestProgram, listed: Listed): Promise<number> {
  const check = () => listed(controller);
  await waitUntil("everything is listed", check, { timeoutMs: 600_000, everyMs: 200 });
  await pause(SETTLE_SECONDS);
  return await residentMegabytes(controller.pid);
}

function hasWritten(controller: TestProgram): boolean {
  return controller.log().includes("Bucket written");
}

/** Pods come and go; a change that counts comes first, so that the next pass is a minute away. */
async function churn({ cluster }: Run, controller: TestProgram) {
  const passes = async () => await controller.metric("warm_images_pass_seconds_count") ?? NaN;
  const before = await passes();
  await cluster.addDeployment();
  await waitUntil("the change is passed", async () => await passes() > before);
  printProgress(`Replacing ${PODS_PER_SECOND} pods each second for ${CHURN_SECONDS} s`);
  const [usedBefore, passesBefore] = [await processorSeconds(controller.pid), await passes()];
  const { replaced, writes, seconds } = await replacePods(cluster, PODS_PER_SECOND, CHURN_SECONDS);
  const used = await processorSeconds(controller.pid) - usedBefore;
  return {
    percent: used / seconds * 100,
    passes: await passes() - passesBefore,
    replaced: Math.round(replaced / seconds),
    writes: Math.round(writes / seconds),
  };
}

function start({ cluster, nats, binary }: Run): Promise<TestProgram> {
  return startProgram("controller", {
    flags: ["--kubeconfig", cluster.api.adminKubeconfig, ...nats.flags],
    env: nats.env,
    ...(binary !== undefined && { binary }),
  });
}

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
