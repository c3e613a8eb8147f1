import { connect } from "nats";
import { inheritedFlags } from "../../mod/build/offline_flags.ts";
import { startProcess } from "../harness/process.ts";
import { printProgress } from "../harness/print.ts";
import { followed } from "../harness/followed.ts";
import { startNatsServer } from "../harness/servers/nats_server.ts";
import { openTestStore } from "../harness/servers/nats_stores.ts";
import { nodeKey, wantedKey } from "../../mod/pure/bucket/state_keys.ts";
import { sampleMeta, sampleNode, sampleWanted } from "../harness/fakes/sample_values.ts";
import { waitUntil } from "../harness/wait.ts";
import { type Figure, residentMegabytes } from "./figure.ts";

const AGENTS = 1_000;
const IMAGES = 500;
const PROCESSES = 4;
const TARGET_MB = 250;
const IDLE_SECONDS = 75;

const AGENTS_SCRIPT = decodeURIComponent(
  new URL("./nats_memory_agents.ts", import.meta.url).pathname,
);

/**
 * Memory of the chart's NATS under many agents, which are played by the adapter's own stores in a few
 * processes: each follows what an agent follows, and writes a report and beats.
 */
export async function natsMemory(): Promise<Figure[]> {
  const env = { GOMEMLIMIT: await chartsMemoryLimit() };
  await using nats = await startNatsServer({ tool: "nats-server-of-chart", env });
  await using controller = openTestStore(nats.settings, "controller");
  await controller.untilReady();
  const admin = await connect({ servers: nats.url });
  await using closing = new AsyncDisposableStack();
  closing.defer(() => admin.close());
  await using reports = followed(controller.store, "report.>");
  const emptyMb = await residentMegabytes(nats.process.pid);
  printProgress(`Writing ${IMAGES} images and ${AGENTS} nodes`);
  const { signal } = new AbortController();
  const put = (key: string, value: unknown) =>
    controller.store.put(key, JSON.stringify(value), { signal });
  await put("meta", sampleMeta("kubernetes"));
  for (let n = 0; n < AGENTS; n++) await put(nodeKey(`node-${n}`), sampleNode(`node-${n}`));
  for (let n = 0; n < IMAGES; n++) {
    const reference = `registry.example.com/team/application-${n}:1.2.3`;
    await put(wantedKey(reference), sampleWanted(reference));
  }
  printProgress(`Starting ${AGENTS} agents in ${PROCESSES} processes`);
  let peakMb = 0;
  const look = async () => {
    const megabytes = await residentMegabytes(nats.process.pid);
    peakMb = Math.max(peakMb, megabytes);
    return megabytes;
  };
  await using agents = new AsyncDisposableStack();
  for (let at = 0; at < PROCESSES; at++) {
    const share = AGENTS / PROCESSES;
    const child = await startProcess(Deno.execPath(), {
      args: [
        ...["run", "-A", "--no-check", ...inheritedFlags(), AGENTS_SCRIPT],
        ...[nats.url, at * share, share, IMAGES].map(String),
      ],
    });
    agents.defer(() => child.stop());
    await waitUntil(`${(at + 1) * share} agents report`, async () => {
      await look();
      return reports.held.size >= (at + 1) * share;
    }, { timeoutMs: 300_000, everyMs: 500 });
    printProgress(`${reports.held.size} report; ${(await look()).toFixed(0)} MB`);
  }
  printProgress(`Watching the server for ${IDLE_SECONDS} s`);
  let idleMb = 0;
  const stats = async () => {
    const manager = await admin.jetstreamManager();
    const { state } = await manager.streams.info("KV_warm-images");
    const { api } = await manager.getAccountInfo();
    return { consumers: state.consumer_count, requests: api.total };
  };
  const before = await stats();
  const endMs = performance.now() + IDLE_SECONDS * 1000;
  await waitUntil("that time has passed", async () => {
    idleMb = await look();
    return performance.now() > endMs;
  }, { everyMs: 1_000 });
  const after = await stats();
  const requests = (after.requests - before.requests) / AGENTS / (IDLE_SECONDS / 60);
  printProgress(`empty ${emptyMb.toFixed(0)} MB, ${after.consumers} consumers`);
  return [
    {
      what: `nats-server, ${AGENTS} agents × ${IMAGES} images, idle`,
      target: `${TARGET_MB} MB`,
      measured: `${idleMb.toFixed(0)} MB`,
      met: idleMb <= TARGET_MB,
    },
    {
      what: "the same, most while they start",
      target: `${TARGET_MB} MB`,
      measured: `${peakMb.toFixed(0)} MB`,
      met: peakMb <= TARGET_MB,
    },
    {
      what: "the same: consumers per agent, JetStream requests per agent and minute",
      target: "2, 1.2",
      measured: `${(after.consumers / AGENTS).toFixed(2)}, ${requests.toFixed(2)}`,
      met: after.consumers <= 2 * AGENTS + 1 && requests <= 1.2,
    },
  ];
}

/** What the chart gives its NATS by default. */
async function chartsMemoryLimit(): Promise<string> {
  const values = await Deno.readTextFile(new URL("../../chart/values.yaml", import.meta.url));
  const limit = /^ {2}goMemLimit: (\S+)$/m.exec(values)?.[1];
  if (limit === undefined) throw new Error("chart/values.yaml has no nats.goMemLimit");
  return limit;
}
