import { connect } from "nats";
import type { BeatValue, ImageReport } from "../../mod/pure/bucket/agent_wire.ts";
import { LIMITS } from "../../mod/pure/bucket/limits.ts";
import { reportEntries } from "../../mod/pure/bucket/report_parts.ts";
import { beatKey } from "../../mod/pure/bucket/state_keys.ts";
import { startProgram, type TestProgram } from "../harness/programs.ts";
import { startNatsServer, type TestNats } from "../harness/servers/nats_server.ts";
import { printProgress } from "../harness/print.ts";
import { waitUntil } from "../harness/wait.ts";
import { compiledOrSource, type Figure, residentMegabytes } from "./figure.ts";

const NODES = 5_000;
/** On each of them. */
export const IMAGES = 500;
/** Agents beat once in this time, and after it the controller is looked at. */
const BEAT_MS = 60_000;

/** What a controller keeps of the reports of a large fleet, and what it takes to read them all. */
export async function fleetReports(): Promise<Figure[]> {
  await using nats = await startNatsServer();
  const manifests = await Deno.makeTempDir({ prefix: "warm-images-manifests-" });
  try {
    await using pair = await compiledOrSource({ read: [manifests], run: [] });
    const { controller: binary } = pair;
    const idle = await measured(nats, { manifests, binary }, 0);
    printProgress(`Writing ${NODES} reports of ${IMAGES} images`);
    const bytes = await writeReports(nats);
    const full = await measured(nats, { manifests, binary }, NODES);
    const shown = await measured(nats, { manifests, binary, page: "on" }, NODES);
    const kind = binary ? "compiled" : "from source";
    const more = full.megabytes - idle.megabytes;
    return [{
      what: `controller memory for ${NODES} reports of ${IMAGES} images, above idle (${kind})`,
      target: "60 MB",
      measured: `${more.toFixed(0)} MB (idle ${idle.megabytes.toFixed(0)} MB)`,
      met: more <= 60,
    }, {
      what: "the same with its page, which keeps every image of every node",
      target: "150 MB",
      measured: `${(shown.megabytes - idle.megabytes).toFixed(0)} MB`,
      met: shown.megabytes - idle.megabytes <= 150,
    }, {
      what: `controller: start to having read them, ${(bytes / 1e6).toFixed(0)} MB`,
      target: "60 s",
      measured: `${full.seconds.toFixed(0)} s, peak ${full.peak.toFixed(0)} MB`,
      met: full.seconds <= 60,
    }];
  } finally {
    await Deno.remove(manifests, { recursive: true });
  }
}

/** Starts a controller, waits until it has read so many reports, and while each agent beats once. */
async function measured(
  nats: TestNats,
  { manifests, binary, page = "off" }: {
    readonly manifests: string;
    readonly binary: string | undefined;
    readonly page?: "on" | "off";
  },
  reports: number,
) {
  const startedAt = performance.now();
  await using controller = await startProgram("controller", {
    flags: ["--manifests", manifests, ...nats.flags, "--page", page],
    ...(binary !== undefined && { binary }),
  });
  let peak = 0;
  const watch = async (controller: TestProgram) => {
    peak = Math.max(peak, await residentMegabytes(controller.pid));
    return await controller.metric("warm_images_reports") === reports && await controller.ready();
  };
  await waitUntil("all reports are read", () => watch(controller), { timeoutMs: 600_000 });
  const seconds = (performance.now() - startedAt) / 1000;
  await beatOnce(nats, reports);
  return { seconds, peak, megabytes: await residentMegabytes(controller.pid) };
}

/** As so many idle agents do within a minute. */
async function beatOnce(nats: TestNats, agents: number): Promise<void> {
  const connection = await connect({ servers: nats.url });
  try {
    const bucket = await connection.jetstream().views.kv("warm-images", { bindOnly: true });
    const startedAt = performance.now();
    for (const [index, node] of nodeNames().slice(0, agents).entries()) {
      const dueMs = (index / agents) * BEAT_MS - (performance.now() - startedAt);
      if (dueMs > 0) await new Promise((resolve) => setTimeout(resolve, dueMs));
      await bucket.put(beatKey(node), JSON.stringify(beatOf(node)));
    }
  } finally {
    await connection.close();
  }
}

/** Reports and beats as 5,000 agents write them; returns how many bytes that is. */
export async function writeReports(nats: TestNats): Promise<number> {
  const connection = await connect({ servers: nats.url });
  try {
    const bucket = await connection.jetstream().views.kv("warm-images", { bindOnly: true });
    let bytes = 0;
    const put = async (key: string, value: string) => {
      bytes += value.length;
      await bucket.put(key, value);
    };
    const nodes = nodeNames();
    for (let from = 0; from < NODES; from += 32) {
      await Promise.all(
        nodes.slice(from, from + 32).flatMap((node) => {
          const entries = reportEntries(contentOf(node), shape());
          return [...entries, { key: beatKey(node), value: JSON.stringify(beatOf(node)) }]
            .map(({ key, value }) => put(key, value));
        }),
      );
    }
    return bytes;
  } finally {
    await connection.close();
  }
}

/** Names of 5,000 nodes. */
export const nodeNames = (): string[] =>
  Array.from({ length: NODES }, (_, i) => `ip-10-0-${i >> 8}-${i & 255}.internal`);
/** Canonical references of 500 images. */
export const imageNames = (): string[] =>
  Array.from({ length: IMAGES }, (_, i) => `registry.example/team/app-${i}:1.2.${i}`);
const now = () => new Date().toISOString();
const shape = () => ({ at: now(), partBytes: LIMITS.partBytes });

function contentOf(node: string) {
  const image: ImageReport = { state: "warm", since: now(), bytes: 123_456_789, pullSeconds: 1.5 };
  const images = Object.fromEntries(imageNames().map((name) => [name, image]));
  return { node, agent: "bench", images };
}

function beatOf(node: string): BeatValue {
  const images = { wanted: IMAGES, warm: IMAGES, pulling: 0, waiting: 0, failed: 0 };
  return { v: 1, node, agent: "bench", at: now(), images };
}
