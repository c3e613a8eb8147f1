import { systemClock } from "../../mod/adapters/clock.ts";
import { openCtrRuntime } from "../../mod/adapters/containerd/ctr_runtime.ts";
import { recordingLogger, recordingMetrics } from "../harness/fakes/quiet.ts";
import { pushImages } from "../harness/images/images.ts";
import { waitUntil } from "../harness/wait.ts";
import type { TestProgram } from "../harness/programs.ts";
import { startSite } from "../harness/servers/site.ts";
import {
  benchImage,
  compiledOrSource,
  type Figure,
  processorSeconds,
  residentMegabytes,
  spread,
} from "./figure.ts";
import { printProgress } from "../harness/print.ts";

const IMAGES = 300;
const IDLE_SECONDS = 60;

/** An agent with 300 images: asking for them, and doing nothing with them. */
export async function agentFigures(): Promise<Figure[]> {
  await using site = await startSite({ version: "1.7" });
  printProgress(`Pushing ${IMAGES} images`);
  const images = Array.from(
    { length: IMAGES },
    (_, number) => benchImage("warm/many", String(number), 10_000, [1_000_000]),
  );
  const references = (await pushImages(site.registry, images)).map(({ reference }) => reference);
  await using pair = await compiledOrSource(site);
  const binary = pair.agent;
  const start = () => site.agent({ ...(binary && { binary }) });
  const kind = `${IMAGES} images warm, idle (${binary ? "compiled" : "from source"})`;
  const agent = await start();
  await using _controller = await site.controller();
  await site.deploy("many", ...references);
  printProgress("Warming them");
  await untilAllWarm(agent);
  site.registry.forgetRequests();
  const look = await lookFigure(site, references);
  const puller = await idle(agent);
  await agent.stop();
  const restarted = await start();
  await untilAllWarm(restarted);
  const starter = await idle(restarted);
  return [
    look,
    memoryFigure(`agent memory, ${kind}, having pulled them`, puller.megabytes),
    memoryFigure("agent memory, the same, started when they were there", starter.megabytes),
    {
      what: `agent processor, ${kind}`,
      target: "1 % of a core",
      measured: `${puller.percent.toFixed(2)} %`,
      met: puller.percent < 1,
    },
  ];
}

async function untilAllWarm(agent: TestProgram): Promise<void> {
  await waitUntil(
    "all are warm",
    async () => await agent.metric("warm_images_node_warm") === IMAGES,
    {
      timeoutMs: 300_000,
      everyMs: 500,
    },
  );
}

/** What a process takes of the machine while nothing happens. */
async function idle({ pid }: TestProgram): Promise<{ percent: number; megabytes: number }> {
  printProgress(`Watching the agent for ${IDLE_SECONDS} s`);
  const before = await processorSeconds(pid);
  await new Promise((resolve) => setTimeout(resolve, IDLE_SECONDS * 1000));
  const percent = (await processorSeconds(pid) - before) / IDLE_SECONDS * 100;
  return { percent, megabytes: await residentMegabytes(pid) };
}

function memoryFigure(what: string, megabytes: number): Figure {
  return { what, target: "80 MB", measured: `${megabytes.toFixed(0)} MB`, met: megabytes <= 80 };
}

async function lookFigure(
  site: Awaited<ReturnType<typeof startSite>>,
  references: readonly string[],
): Promise<Figure> {
  const { containerd, registry } = site;
  const runtime = openCtrRuntime({
    clock: systemClock,
    address: containerd.address,
    namespace: "k8s.io",
    root: containerd.root,
    ctr: containerd.ctrPath,
    hostsDir: containerd.hostsDir,
    pullIdleTimeoutMs: 60_000,
    logger: recordingLogger(),
    metrics: recordingMetrics(),
  });
  const seconds: number[] = [];
  for (let round = 0; round < 5; round++) {
    const startedMs = performance.now();
    await runtime.check(references, { signal: AbortSignal.timeout(60_000) });
    seconds.push((performance.now() - startedMs) / 1000);
  }
  const requests = registry.requests().length;
  return {
    what: `agent: look at ${references.length} present images (containerd 1.7)`,
    target: "4 s, no registry request",
    measured: `${spread(seconds, "s", 2)}, ${requests} requests`,
    met: Math.max(...seconds) <= 4 && requests === 0,
  };
}

/** A new agent on a bucket with 500 wanted images: process start to first report. */
export async function firstReport(): Promise<Figure[]> {
  await using site = await startSite({ version: "1.7" });
  const controller = await site.controller({ untilReady: true });
  const wanted = Array.from({ length: 500 }, (_, n) => `${site.registry.host}/none/${n}:1`);
  await site.deploy("many", ...wanted);
  await waitUntil("500 are written", () => controller.log().includes('"wanted":500'));
  await using pair = await compiledOrSource(site);
  const binary = pair.agent;
  const seconds: number[] = [];
  for (let round = 0; round < 3; round++) {
    const flags = ["--node-name", `node-${round}`];
    const startedMs = performance.now();
    const starting = site.agent({ flags, ...(binary && { binary }) });
    await waitUntil(
      "its report is there",
      async () => await controller.metric("warm_images_reports") === round + 1,
      { everyMs: 10 },
    );
    seconds.push((performance.now() - startedMs) / 1000);
    await (await starting).stop();
  }
  return [{
    what: "new agent on a bucket with 500 wanted images: start to first report",
    target: "3 s",
    measured: spread(seconds, "s", 2),
    met: Math.max(...seconds) <= 3,
  }];
}
