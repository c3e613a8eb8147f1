import { assert, assertEquals } from "@std/assert";
import { type AuditedRequest, isWrite } from "../harness/new_nodes/audited_api.ts";
import { type JoiningNode, JoiningNodes } from "../harness/new_nodes/joining_nodes.ts";
import { startNodeCluster } from "../harness/new_nodes/node_cluster.ts";
import { PlayedAgents } from "../harness/new_nodes/played_agents.ts";
import { createWorkloads } from "../harness/new_nodes/workloads.ts";
import { startProgram, type TestProgram } from "../harness/programs.ts";
import { apiServerMissing } from "../harness/servers/api_server_or_reason.ts";
import { startNatsServer } from "../harness/servers/nats_server.ts";
import { realTest, reasonToSkip } from "../harness/servers/skipping.ts";
import { waitUntil } from "../harness/wait.ts";

const skip = await apiServerMissing() ??
  await reasonToSkip("nats-server", "kube-controller-manager", "kwok");
const POOLS = { names: ["web", "batch"], images: 20 };
const NODES = 200;
const JOIN_MS = 30_000;
const LIMIT_SECONDS = 60;
/** No workload may run there. */
const SPARE = "spare";

realTest("200 nodes that join within a minute are let go with one write each", skip, async () => {
  await using cluster = await startNodeCluster();
  const { api } = cluster;
  await using nats = await startNatsServer();
  await createWorkloads(api.server, POOLS);
  await using nodes = new JoiningNodes(api.server);
  await using controller = await startProgram("controller", {
    flags: [
      ...["--kubeconfig", api.kubeconfig, ...nats.flags],
      ...["--gate", "on", "--gate-limit", `${LIMIT_SECONDS}s`],
    ],
    untilReady: true,
  });
  const silent = new Set(joining.slice(0, 100).filter((_, at) => at % 10 === 7).map(nameOf));
  await using agents = await PlayedAgents.start(nats, {
    isSilent: (node) => silent.has(node),
    pullMs: (node) => 500 + 10 * Number(node.split("-")[1]),
  });
  await nodes.join(joining, JOIN_MS);
  await nodes.untilOpen(joining, LIMIT_SECONDS * 1000 + 120_000);
  const spare = joining.filter(({ pool }) => pool === SPARE).length;
  const expected = { warm: NODES - spare - silent.size, "nothing_due": spare, limit: silent.size };
  let counts: Record<string, number> = {};
  await waitUntil("all openings are counted", async () => {
    counts = await openedBy(controller);
    return Object.values(counts).reduce((sum, count) => sum + count, 0) === NODES;
  });
  assertEquals(counts, expected);

  const early = joining.filter(({ name, pool }) => {
    const { openedMs = 0, openedWallMs = 0, createdWallMs = 0 } = nodes.seen.get(name) ?? {};
    if (silent.has(name)) return openedWallMs < createdWallMs + LIMIT_SECONDS * 1000;
    return pool !== SPARE && openedMs < (agents.all.get(name)?.warmMs ?? Infinity);
  });
  assertEquals(early, [], "Nodes that were let go too early");

  await waitUntil(
    "no taint is left",
    () => [...nodes.seen.values()].every(({ taints }) => taints.length === 0),
  );
  const requests = await api.requests();
  const writes = requests.filter(isWrite);
  assertEquals(
    writes.filter(({ code }) => code < 300).map(textOf).sort(),
    joining.map(({ name }) => `patch nodes ${name}`).sort(),
  );
  // One whose taints somebody else changes at the same time is looked at, and tried again.
  const vain = writes.filter(({ code }) => code >= 300);
  assertEquals(vain.filter(({ code }) => code !== 409 && code !== 422), []);
  assert(vain.length < NODES / 4, vain.map(textOf).join("\n"));
  const reads = requests.filter(({ resource }) => resource === "nodes");
  const gets = reads.filter(({ verb }) => verb === "get");
  assert(gets.length <= vain.length, gets.map(textOf).join("\n"));
  const lists = reads.filter(({ verb }) => verb === "list");
  assertEquals(lists.length, 1, lists.map(({ uri }) => uri).join("\n"));
});

const joining: readonly JoiningNode[] = Array.from({ length: NODES }, (_, number) => ({
  name: `node-${number}`,
  pool: number % 10 === 0 ? SPARE : POOLS.names[number % 2] ?? SPARE,
}));

const nameOf = ({ name }: JoiningNode) => name;
const textOf = ({ verb, resource, name }: AuditedRequest) => `${verb} ${resource} ${name}`;

/** Why gates open. */
const REASONS = ["warm", "nothing_due", "limit"] as const;

/** How many gates it has opened for each reason. */
async function openedBy(controller: TestProgram): Promise<Record<string, number>> {
  const counts = REASONS.map(async (by) => {
    return [by, await controller.metric(`warm_images_gate_opened_total{by="${by}"}`) ?? 0] as const;
  });
  return Object.fromEntries(await Promise.all(counts));
}
