import { type AuditedRequest, isWrite } from "../harness/new_nodes/audited_api.ts";
import {
  type JoinedNode,
  type JoiningNode,
  JoiningNodes,
} from "../harness/new_nodes/joining_nodes.ts";
import { startNodeCluster } from "../harness/new_nodes/node_cluster.ts";
import { type PlayedAgent, PlayedAgents } from "../harness/new_nodes/played_agents.ts";
import { createWorkloads } from "../harness/new_nodes/workloads.ts";
import { printProgress } from "../harness/print.ts";
import { startProgram, type TestProgram } from "../harness/programs.ts";
import { startNatsServer } from "../harness/servers/nats_server.ts";
import { waitUntil } from "../harness/wait.ts";
import {
  compiledOrSource,
  type Figure,
  peakMegabytes,
  processorSeconds,
  residentMegabytes,
} from "./figure.ts";
import { LongestAnswer } from "./longest_answer.ts";

const NODES = 1_000;
const JOIN_MS = 60_000;
const POOLS = { names: Array.from({ length: 10 }, (_, pool) => `pool-${pool}`), images: 50 };
const LIMIT_MS = 90_000;
/** One in so many has no agent. */
const SILENT = 50;

/** What it takes to let a thousand nodes go that join within a minute. */
export async function newNodes(): Promise<Figure[]> {
  await using cluster = await startNodeCluster();
  const { api } = cluster;
  await using nats = await startNatsServer();
  await using pair = await compiledOrSource({ read: [api.server.folder], run: [] });
  const { controller: binary } = pair;
  await createWorkloads(api.server, POOLS);
  await using nodes = new JoiningNodes(api.server);
  await using controller = await startProgram("controller", {
    flags: [
      ...["--kubeconfig", api.kubeconfig, ...nats.flags],
      ...["--gate", "on", "--gate-limit", `${LIMIT_MS / 1000}s`],
    ],
    env: nats.env,
    ...(binary !== undefined && { binary }),
    untilReady: true,
  });
  await waitUntil("the bucket is written", () => controller.log().includes("Bucket written"));
  await using agents = await PlayedAgents.start(nats, {
    isSilent: (node) => silent.has(node),
    pullMs: (node) => 2_000 + 3 * Number(node.split("-")[1]),
  });
  printProgress(`${NODES} nodes join within ${JOIN_MS / 1000} s`);
  const before = await usageOf(controller);
  const writesBefore = await agents.writes();
  await using answers = new LongestAnswer(`${controller.health}/livez`);
  await nodes.join(joining, JOIN_MS);
  printProgress("Waiting until all are let go");
  await nodes.untilOpen(joining, LIMIT_MS + 120_000);
  const after = await usageOf(controller);
  const writes = await agents.writes();
  const ours = writes.all - writesBefore.all - (writes.agents - writesBefore.agents);
  const kind = binary ? "compiled" : "from source";
  const what = `${NODES} nodes that join within a minute, ${POOLS.images} of ` +
    `${POOLS.images * POOLS.names.length} images due on each (${kind})`;
  return [
    ...apiFigures(what, await api.requests()),
    ...timeFigures(nodes.seen, agents.all),
    {
      what: "the same: controller's processor time, passes, and longest answer to a probe",
      target: "50 % of a core",
      measured: `${(after.seconds - before.seconds).toFixed(1)} s, ` +
        `${after.passes - before.passes} passes of ` +
        `${
          ((after.passSeconds - before.passSeconds) * 1000 / (after.passes - before.passes))
            .toFixed(0)
        } ms, ${answers.longestMs.toFixed(0)} ms`,
      met: after.seconds - before.seconds <= JOIN_MS / 1000 / 2,
    },
    {
      what: "the same: controller's memory before, after, and at the most",
      target: "250 MB",
      measured: `${before.megabytes.toFixed(0)} MB, ${after.megabytes.toFixed(0)} MB, ` +
        `${after.peak.toFixed(0)} MB`,
      met: after.peak <= 250,
    },
    {
      what: "the same: controller's writes into NATS per node, and bytes of a node's value",
      target: "4",
      measured: `${(ours / NODES).toFixed(2)}, ` +
        `${Math.max(...[...agents.all.values()].map(({ bytes }) => bytes))} bytes`,
      met: ours <= 4 * NODES,
    },
  ];
}

const joining: readonly JoiningNode[] = Array.from({ length: NODES }, (_, number) => ({
  name: `node-${number}`,
  pool: `pool-${number % POOLS.names.length}`,
}));
const silent: ReadonlySet<string> = new Set(
  joining.filter((_, number) => number % SILENT === 7).map(({ name }) => name),
);

function apiFigures(what: string, requests: readonly AuditedRequest[]): Figure[] {
  const writes = requests.filter(isWrite);
  const made = writes.filter(({ code }) => code < 300);
  const conflicts = writes.length - made.length;
  const ofNodes = requests.filter(({ resource }) => resource === "nodes");
  const count = (verb: string) => ofNodes.filter((request) => request.verb === verb).length;
  return [{
    what: `${what}: API writes per node, and tries that met a change of somebody else`,
    target: "1",
    measured: `${(made.length / NODES).toFixed(3)}, ${conflicts}`,
    met: made.length === NODES,
  }, {
    what: "the same: lists of nodes, and reads of one node",
    target: "1, 0 but for these tries",
    measured: `${count("list")}, ${count("get")}`,
    met: count("list") === 1 && count("get") <= conflicts,
  }];
}

function timeFigures(
  seen: ReadonlyMap<string, JoinedNode>,
  agents: ReadonlyMap<string, PlayedAgent>,
): Figure[] {
  const told: number[] = [];
  const opened: number[] = [];
  const late: number[] = [];
  for (const [name, node] of seen) {
    const agent = agents.get(name);
    const { openedMs = NaN, openedWallMs = NaN, createdWallMs, seenMs } = node;
    told.push((agent?.toldMs ?? NaN) - seenMs);
    if (silent.has(name)) late.push((openedWallMs - createdWallMs - LIMIT_MS) / 1000);
    else opened.push(openedMs - (agent?.warmMs ?? NaN));
  }
  return [{
    what: "the same: Node seen to its agent told what is due, p50 and p99",
    target: "2 s",
    measured: `${percentile(told, 50).toFixed(0)} ms, ${percentile(told, 99).toFixed(0)} ms`,
    met: percentile(told, 99) <= 2_000,
  }, {
    what: "the same: report written to taint gone, p50 and p99",
    target: "1 s",
    measured: `${percentile(opened, 50).toFixed(0)} ms, ${percentile(opened, 99).toFixed(0)} ms`,
    met: percentile(opened, 99) <= 1_000,
  }, {
    what: `the same: ${late.length} nodes without an agent, taint gone after the limit`,
    target: "± 2 s",
    measured: `${Math.min(...late).toFixed(2)} to ${Math.max(...late).toFixed(2)} s`,
    met: Math.min(...late) >= 0 && Math.max(...late) <= 2,
  }];
}

/** The value that so many percent of all are not above. */
function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * percent / 100) - 1] ?? NaN;
}

async function usageOf(controller: TestProgram) {
  const metric = async (name: string) => await controller.metric(name) ?? 0;
  return {
    seconds: await processorSeconds(controller.pid),
    megabytes: await residentMegabytes(controller.pid),
    peak: await peakMegabytes(controller.pid),
    passes: await metric("warm_images_pass_seconds_count"),
    passSeconds: await metric("warm_images_pass_seconds_sum"),
  };
}
