import { connect, StorageType } from "nats";
import { beatKey, META_KEY, nodeKey, wantedKey } from "../../mod/pure/bucket/state_keys.ts";
import type { MetaValue, NodeValue, WantedValue } from "../../mod/pure/bucket/wire.ts";
import { sourceCommand } from "../harness/programs.ts";
import { startNatsServer, type TestNats } from "../harness/servers/nats_server.ts";
import { printProgress } from "../harness/print.ts";
import { compiledOrSource, type Figure, median, peakMegabytes } from "./figure.ts";
import { imageNames, IMAGES, nodeNames, writeReports } from "./fleet_reports.ts";

const RUNS = 3;
const FAILING = 500;

/** What it takes to be shown how the nodes of a large cluster do. */
export async function statusFigures(): Promise<Figure[]> {
  await using nats = await startNatsServer();
  await using pair = await compiledOrSource({ read: [], run: [] });
  printProgress("Writing what 5,000 nodes have of 500 images");
  await writeWants(nats);
  await writeReports(nats);
  await writeFailures(nats);
  const kind = pair.controller ? "compiled" : "from source";
  const figures: Figure[] = [];
  for (
    const [operands, seconds] of [[[], 3], [["ip-10-0-1-7.internal"], 3], [["app-7:"], 20]] as const
  ) {
    const runs = [];
    for (let run = 0; run < RUNS; run++) {
      runs.push(await statusOnce(nats, pair.controller, operands));
    }
    const took = median(runs.map((run) => run.seconds));
    const peak = Math.max(...runs.map((run) => run.megabytes));
    figures.push({
      what: `status ${operands.join(" ")} of 5,000 nodes × 500 images (${kind})`,
      target: `${seconds} s, 300 MB`,
      measured: `${took.toFixed(1)} s, ${peak.toFixed(0)} MB`,
      met: took <= seconds && peak <= 300,
    });
  }
  return figures;
}

async function statusOnce(nats: TestNats, binary: string | undefined, operands: readonly string[]) {
  const flags = ["status", ...operands, ...nats.flags];
  const [command, args] = binary ? [binary, flags] : sourceCommand("controller", flags);
  const startedAt = performance.now();
  const child = new Deno.Command(command, { args: [...args], stdout: "piped" }).spawn();
  let megabytes = 0;
  const watch = setInterval(() => {
    peakMegabytes(child.pid).then((peak) => megabytes = Math.max(megabytes, peak || 0), () => {});
  }, 10);
  try {
    const { code } = await child.output();
    if (code !== 0) throw new Error(`status ended with ${code}`);
    return { seconds: (performance.now() - startedAt) / 1000, megabytes };
  } finally {
    clearInterval(watch);
  }
}

/** The bucket, with what a controller writes of such a cluster. */
async function writeWants(nats: TestNats): Promise<void> {
  const connection = await connect({ servers: nats.url });
  try {
    const options = { storage: StorageType.File, history: 1 };
    const bucket = await connection.jetstream().views.kv("warm-images", options);
    const since = new Date().toISOString();
    const meta: MetaValue = { v: 1, source: "kubernetes", writer: "bench", since };
    await bucket.put(META_KEY, JSON.stringify(meta));
    for (const reference of imageNames()) {
      await bucket.put(wantedKey(reference), JSON.stringify(wantedValue(reference)));
    }
    const names = nodeNames();
    for (let from = 0; from < names.length; from += 64) {
      const some = names.slice(from, from + 64);
      await Promise.all(
        some.map((name) => bucket.put(nodeKey(name), JSON.stringify(nodeOf(name)))),
      );
    }
  } finally {
    await connection.close();
  }
}

/** Some nodes of which reports must tell why. */
async function writeFailures(nats: TestNats): Promise<void> {
  const connection = await connect({ servers: nats.url });
  try {
    const bucket = await connection.jetstream().views.kv("warm-images", { bindOnly: true });
    for (const node of nodeNames().slice(0, FAILING)) {
      const images = { wanted: IMAGES, warm: IMAGES - 1, pulling: 0, waiting: 0, failed: 1 };
      const at = new Date().toISOString();
      await bucket.put(beatKey(node), JSON.stringify({ v: 1, node, agent: "bench", at, images }));
    }
  } finally {
    await connection.close();
  }
}

function wantedValue(reference: string): WantedValue {
  return {
    v: 1,
    reference,
    priority: 0,
    placements: [{}],
    pullSecrets: [],
    sizeBytes: 123_456_789,
  };
}

function nodeOf(name: string): NodeValue {
  const labels = {
    "kubernetes.io/arch": "amd64",
    "kubernetes.io/hostname": name,
    "kubernetes.io/os": "linux",
    "topology.kubernetes.io/zone": `zone-${name.length % 3}`,
  };
  const where = { labels, taints: [], architecture: "amd64", os: "linux" };
  return { v: 1, name, uid: crypto.randomUUID(), ...where, unschedulable: false, skip: false };
}
