import { type ApiServer, startApiServer } from "../harness/servers/api_server.ts";
import { pushImages } from "../harness/images/images.ts";
import { waitUntil } from "../harness/wait.ts";
import { deployment, type Site, startSite } from "../harness/servers/site.ts";
import {
  benchImage,
  compiledOrSource,
  type Figure,
  median,
  residentMegabytes,
  spread,
} from "./figure.ts";
import { printProgress } from "../harness/print.ts";

const ROUNDS = 20;
const DEPLOYMENTS = 10_000;
const DISTINCT_IMAGES = 500;

/** From the API server's answer that a Deployment exists to `ctr` started, one after the other. */
export async function eventToPull(): Promise<Figure[]> {
  await using api = await startApiServer();
  await using site = await startSite({ version: "1.7" });
  const images = Array.from(
    { length: ROUNDS },
    (_, number) => benchImage("warm/event", String(number), 10_000),
  );
  const references = (await pushImages(site.registry, images)).map(({ reference }) => reference);
  await post(api, "/api/v1/nodes", node("node-a"));
  const { wrapper, startOf } = await timingCtr(site);
  await using agent = await site.agent({ flags: ["--ctr", wrapper] });
  await using _controller = await site.controller({ kubeconfig: api.adminKubeconfig });
  await waitUntil("the agent is ready", () => agent.ready());
  const milliseconds: number[] = [];
  for (const [round, reference] of references.entries()) {
    await post(api, DEPLOYMENTS_PATH, deployment(`event-${round}`, [reference]));
    const createdMs = Date.now();
    await waitUntil("the image is warm", () => site.isWarm(reference));
    milliseconds.push(await startOf(reference) - createdMs);
  }
  return [{
    what: "API server event to ctr started, p50 (of it 50 ms quiet time or more)",
    target: "400 ms",
    measured: spread(milliseconds, "ms"),
    met: median(milliseconds) <= 400,
  }];
}

/** A controller that follows 10,000 Deployments. */
export async function controllerMemory(): Promise<Figure[]> {
  await using api = await startApiServer();
  await using site = await startSite({ version: "1.7" });
  printProgress(`Creating ${DEPLOYMENTS} Deployments`);
  await create(
    api,
    Array.from({ length: DEPLOYMENTS }, (_, number) => number),
    (number) =>
      deployment(`app-${number}`, [
        `registry.example/app-${number % DISTINCT_IMAGES}:1`,
        "registry.example/sidecar:1",
      ]),
  );
  await using pair = await compiledOrSource(site);
  const binary = pair.controller;
  await using controller = await site.controller({
    kubeconfig: api.adminKubeconfig,
    ...(binary && { binary }),
  });
  await waitUntil("the bucket is written", () => controller.log().includes("Bucket written"), {
    timeoutMs: 120_000,
  });
  const line = controller.log().split("\n").find((each) => each.includes("Bucket written")) ?? "";
  const { ms, planMs } = JSON.parse(line) as { ms: number; planMs: number };
  await new Promise((resolve) => setTimeout(resolve, 20_000));
  const megabytes = await residentMegabytes(controller.pid);
  const kind = binary ? "compiled" : "from source";
  return [{
    what: `controller memory, ${DEPLOYMENTS} Deployments (${kind})`,
    target: "250 MB",
    measured: `${megabytes.toFixed(0)} MB`,
    met: megabytes <= 250,
  }, {
    what: "controller: first full pass after the list, written",
    target: "1 s",
    measured: `${ms} ms, of it ${planMs} ms to decide`,
    met: ms < 1000,
  }];
}

const DEPLOYMENTS_PATH = "/apis/apps/v1/namespaces/default/deployments";

async function create(
  api: ApiServer,
  numbers: number[],
  object: (number: number) => unknown,
): Promise<void> {
  const worker = async () => {
    for (let next = numbers.pop(); next !== undefined; next = numbers.pop()) {
      await post(api, DEPLOYMENTS_PATH, object(next));
    }
  };
  await Promise.all(Array.from({ length: 16 }, worker));
}

async function post(api: ApiServer, path: string, body: unknown): Promise<void> {
  const signal = AbortSignal.timeout(60_000);
  await api.admin.request(path, { method: "POST", body, signal });
}

function node(name: string) {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels: { "kubernetes.io/os": "linux" } },
    status: { nodeInfo: { architecture: "amd64", operatingSystem: "linux" } },
  };
}

/** A `ctr` that notes when each pull began, and then is the real one. */
async function timingCtr(site: Site) {
  const wrapper = `${site.manifests}/ctr`;
  const times = `${site.manifests}/times`;
  await Deno.writeTextFile(
    wrapper,
    `#!/bin/sh\ncase "$*" in *" pull "*) for last; do :; done; ` +
      `echo "$(date +%s%3N) $last" >> ${times};; esac\nexec ${site.containerd.ctrPath} "$@"\n`,
    { mode: 0o755 },
  );
  const startOf = async (reference: string) => {
    const lines = (await Deno.readTextFile(times)).split("\n");
    return Number(lines.find((line) => line.endsWith(` ${reference}`))?.split(" ")[0]);
  };
  return { wrapper, startOf };
}
