import { connect, type KV } from "nats";
import { beatKey, reportKey } from "../../mod/pure/bucket/state_keys.ts";
import type { ReportValue } from "../../mod/pure/bucket/agent_wire.ts";
import { sampleFleet } from "../harness/fakes/sample_fleet.ts";
import { printProgress } from "../harness/print.ts";
import { startProgram, type TestProgram } from "../harness/programs.ts";
import { startBrowser } from "../harness/servers/browser.ts";
import { startNatsServer, type TestNats } from "../harness/servers/nats_server.ts";
import { deployment } from "../harness/servers/site.ts";
import { waitUntil } from "../harness/wait.ts";
import {
  compiledOrSource,
  type Figure,
  median,
  processorSeconds,
  residentMegabytes,
  spread,
} from "./figure.ts";

const NODES = 1_000;
const IMAGES = 500;
const CHANGES_PER_SECOND = 20;
/** Pages that are open, beside one in a real browser. */
const PAGES = 9;
const WATCHED_MS = 20_000;
const PAINTS = 5;

/** What open pages cost a controller, and how soon one is drawn. */
export async function pageFigures(): Promise<Figure[]> {
  await using nats = await startNatsServer();
  const manifests = await Deno.makeTempDir({ prefix: "warm-images-manifests-" });
  try {
    const fleet = sampleFleet({ nodes: NODES, images: IMAGES, nowMs: Date.now() });
    const deployed = deployment("all", fleet.references);
    await Deno.writeTextFile(`${manifests}/all.json`, JSON.stringify(deployed));
    await using pair = await compiledOrSource({ read: [manifests], run: [] });
    const binary = pair.controller;
    const start = (...flags: string[]) =>
      startProgram("controller", {
        flags: ["--manifests", manifests, ...nats.flags, ...flags],
        ...(binary !== undefined && { binary }),
        untilReady: true,
      });
    const kind = binary ? "compiled" : "from source";
    const without = await watched(nats, fleet, await start("--page", "off"), undefined);
    await using browser = await startBrowser();
    const open = async (controller: TestProgram) => {
      await using opened = await browser.open();
      const paints: number[] = [];
      let bytes = 0;
      for (let round = 0; round < PAINTS; round++) {
        await using fresh = await browser.open();
        const session = await fresh.page.createCDPSession();
        await session.send("Network.enable");
        let sent = 0;
        session.on("Network.loadingFinished", ({ encodedDataLength }) => sent += encodedDataLength);
        const startedAt = performance.now();
        await fresh.page.goto(`${controller.health}/`);
        await fresh.page.waitForSelector("#matrix .cell", { visible: true });
        paints.push(performance.now() - startedAt);
        bytes = sent;
      }
      await opened.page.goto(`${controller.health}/`);
      await opened.page.waitForSelector("#matrix .cell", { visible: true });
      const streams = new AbortController();
      for (let number = 0; number < PAGES; number++) readOn(controller, streams.signal);
      const cost = await cpuAndMemory(nats, fleet.reports, controller);
      streams.abort();
      return { paints, bytes, cost };
    };
    const { paints, bytes, cost } = await watched(nats, fleet, await start(), open);
    const more = cost.megabytes - without.cost.megabytes;
    const what = `${NODES} nodes × ${IMAGES} images`;
    return [{
      what:
        `controller with ten pages open, ${what}, ${CHANGES_PER_SECOND} changes a second (${kind})`,
      target: "20 % of a core",
      measured: `${cost.percent.toFixed(1)} % (without a page ${
        without.cost.percent.toFixed(1)
      } %)`,
      met: cost.percent < 20,
    }, {
      what: "its memory, above one without a page",
      target: "60 MB",
      measured: `${more.toFixed(0)} MB (of ${cost.megabytes.toFixed(0)} MB)`,
      met: more <= 60,
    }, {
      what: `the page's first paint with ${what}`,
      target: "1 s",
      measured: spread(paints, "ms"),
      met: median(paints) <= 1_000,
    }, {
      what: "all that is sent for it",
      target: "300 KB",
      measured: `${(bytes / 1000).toFixed(0)} KB`,
      met: bytes <= 300_000,
    }];
  } finally {
    await Deno.remove(manifests, { recursive: true });
  }
}

type Fleet = ReturnType<typeof sampleFleet>;

interface Cost {
  /** Of one core. */
  readonly percent: number;
  readonly megabytes: number;
}

interface Watched {
  readonly paints: readonly number[];
  readonly bytes: number;
  readonly cost: Cost;
}

/** Has a controller read the whole fleet, and looks at it while changes come. */
async function watched(
  nats: TestNats,
  fleet: Fleet,
  controller: TestProgram,
  open: ((controller: TestProgram) => Promise<Watched>) | undefined,
): Promise<Watched> {
  await using running = controller;
  await withBucket(nats, async (bucket) => {
    printProgress(`Writing ${NODES} reports of ${IMAGES} images`);
    for (let from = 0; from < NODES; from += 32) {
      await Promise.all(
        fleet.reports.slice(from, from + 32).map(async (report, at) => {
          await bucket.put(reportKey(report.node), JSON.stringify(report));
          await bucket.put(beatKey(report.node), JSON.stringify(fleet.beats[from + at]));
        }),
      );
    }
  });
  await waitUntil(
    "all reports are read",
    async () => await running.metric("warm_images_reports") === NODES,
    { timeoutMs: 120_000 },
  );
  if (open !== undefined) return await open(running);
  return { paints: [], bytes: 0, cost: await cpuAndMemory(nats, fleet.reports, running) };
}

/** What it takes while nodes report one change after the other. */
async function cpuAndMemory(
  nats: TestNats,
  reports: readonly ReportValue[],
  { pid }: TestProgram,
): Promise<Cost> {
  return await withBucket(nats, async (bucket) => {
    printProgress(`Looking for ${WATCHED_MS / 1000} s at ${CHANGES_PER_SECOND} changes a second`);
    const [startedAt, before] = [performance.now(), await processorSeconds(pid)];
    const count = CHANGES_PER_SECOND * WATCHED_MS / 1000;
    for (let number = 0; number < count; number++) {
      const dueMs = number * 1000 / CHANGES_PER_SECOND - (performance.now() - startedAt);
      if (dueMs > 0) await new Promise((resolve) => setTimeout(resolve, dueMs));
      const report = reports[(number * 37) % reports.length];
      if (report !== undefined) {
        await bucket.put(reportKey(report.node), JSON.stringify(changed(report, number)));
      }
    }
    const seconds = (performance.now() - startedAt) / 1000;
    const percent = 100 * (await processorSeconds(pid) - before) / seconds;
    return { percent, megabytes: await residentMegabytes(pid) };
  });
}

/** The same with one image in another state. */
function changed(report: ReportValue, number: number): ReportValue {
  const references = Object.keys(report.images);
  const reference = references[(number * 13) % references.length] ?? "";
  const since = new Date().toISOString();
  const state = number % 2 === 0 ? "pulling" : "failed";
  const cell = state === "failed"
    ? { state, since, reason: "timeout: no byte came for 60 s" }
    : { state, since };
  return { ...report, at: since, images: { ...report.images, [reference]: cell } };
}

/** As a browser does with the events of a page. */
async function readOn({ health }: TestProgram, signal: AbortSignal): Promise<void> {
  try {
    const { body } = await fetch(`${health}/page/events`, { signal });
    const whole = await fetch(`${health}/page/fleet.json`, { signal });
    await whole.body?.cancel();
    for await (const _ of body ?? []);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function withBucket<Result>(
  nats: TestNats,
  act: (bucket: KV) => Promise<Result>,
): Promise<Result> {
  const connection = await connect({ servers: nats.url });
  try {
    return await act(await connection.jetstream().views.kv("warm-images", { bindOnly: true }));
  } finally {
    await connection.close();
  }
}
