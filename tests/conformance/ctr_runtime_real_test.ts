import type { TestContainerd } from "../harness/servers/containerd.ts";
import { realTest } from "../harness/servers/skipping.ts";
import { pushImage } from "../harness/images/images.ts";
import {
  type ContainerdPair,
  containerdPairs,
  startContainerdHarness,
} from "../adapters/containerd/harness.ts";
import { runtimeProperties, type RuntimeUnderTest } from "./image_runtime.ts";

for (const pair of await containerdPairs()) {
  for (const { name, check } of runtimeProperties) {
    realTest(`${pair.name} ${name}`, pair.reason, async () => {
      await using harness = await startUnderTest(pair);
      await check(harness);
    });
  }
}

async function startUnderTest(pair: ContainerdPair): Promise<RuntimeUnderTest> {
  await using starting = new AsyncDisposableStack();
  const { runtime, containerd, registry, front, image } = starting.use(
    await startContainerdHarness(pair),
  );
  await pushImage(registry, {
    repository: "test/app",
    tag: "2",
    layers: [{ name: "base", bytes: 200_000 }, { name: "other", bytes: 20_000 }],
  });
  const running = starting.move();
  return {
    runtime,
    images: [image, `${front.host}/test/app:2`],
    unknown: `${front.host}/test/nobody:1`,
    hold: () => {
      front.mode = { fault: "hang" };
      const release = () => void (front.mode = { fault: "none" });
      return Promise.resolve({ [Symbol.asyncDispose]: () => Promise.resolve(release()) });
    },
    remove: (reference) => mustRun(containerd, "images", "rm", reference),
    nudge: async (reference, name) => {
      await mustRun(containerd, "images", "tag", reference, name);
      await mustRun(containerd, "images", "rm", name);
    },
    use: (reference) =>
      mustRun(containerd, "containers", "create", reference, `c-${crypto.randomUUID()}`),
    restart: (options) => containerd.restart(options),
    registryRequests: () => front.requests().length,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function mustRun(containerd: TestContainerd, ...args: string[]): Promise<void> {
  const { code, stderr } = await containerd.ctr(...args);
  if (code !== 0) throw new Error(`ctr ${args.join(" ")} failed: ${stderr}`);
}
