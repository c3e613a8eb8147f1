import { assert, assertEquals, assertMatch } from "@std/assert";
import { startContainerd } from "./containerd.ts";
import type { FaultMode } from "./fault_mode.ts";
import { type FaultRegistry, startFaultRegistry } from "./fault_registry.ts";
import { pushImage } from "../images/images.ts";
import { startProcess } from "../process.ts";
import { waitUntil } from "../wait.ts";
import { startRegistry } from "./registry.ts";
import { realTest, reasonToSkip } from "./skipping.ts";

const reason = await reasonToSkip("root", "containerd-1.7", "docker-registry");

const FAILURES: readonly [mode: FaultMode, message: RegExp][] = [
  [{ fault: "status", status: 401 }, /no basic auth credentials/],
  [{ fault: "status", status: 403 }, /403 Forbidden/],
  [{ fault: "status", status: 404 }, /not found/],
  [{ fault: "status", status: 404, only: "blobs" }, /could not fetch content descriptor/],
  [{ fault: "status", status: 429, retryAfterSeconds: 1 }, /429 Too Many Requests/],
  [{ fault: "status", status: 500 }, /500 Internal Server Error/],
  [{ fault: "corrupt" }, /unexpected commit digest/],
  [{ fault: "reset", afterBytes: 0 }, /EOF|reset/],
];

for (const [mode, message] of FAILURES) {
  realTest(`a pull fails on ${JSON.stringify(mode)} and works afterwards`, reason, async () => {
    await using harness = await startFaultyPull();
    harness.faults.mode = mode;
    const failed = await harness.pull();
    assertEquals(failed.code, 1);
    assertMatch(failed.stderr, message);
    harness.faults.mode = { fault: "none" };
    // A commit that failed on its digest is forgotten within two seconds.
    await waitUntil("the pull works", async () => (await harness.pull()).code === 0, {
      everyMs: 500,
    });
  });
}

for (const mode of [{ fault: "hang" }, { fault: "stall", afterBytes: 100_000 }] as const) {
  realTest(
    `a pull waits for ever on ${JSON.stringify(mode)} and works afterwards`,
    reason,
    async () => {
      await using harness = await startFaultyPull();
      harness.faults.mode = mode;
      {
        await using pull = await startProcess(harness.ctrPath, { args: harness.pullArgs });
        await waitUntil(
          "the layer is asked for, or at least something",
          () => harness.faults.requests().length > (mode.fault === "hang" ? 0 : 3),
        );
        assertEquals(await isRunning(pull.pid), true);
      }
      harness.faults.mode = { fault: "none" };
      await waitUntil("the pull works", async () => (await harness.pull()).code === 0, {
        everyMs: 500,
      });
    },
  );
}

realTest(
  "a registry that refuses connections can be let in again on the same port",
  reason,
  async () => {
    await using harness = await startFaultyPull();
    await harness.faults.refuse();
    assertMatch((await harness.pull()).stderr, /connection refused/);
    harness.faults.accept();
    assertEquals((await harness.pull()).code, 0);
  },
);

realTest("a layer that is cut again and again arrives in pieces", reason, async () => {
  await using harness = await startFaultyPull();
  harness.faults.mode = { fault: "reset", afterBytes: 300_000 };
  assertEquals((await harness.pull()).code, 0);
  const ranges = harness.faults.requests().map(({ range }) => range).filter((range) =>
    range !== undefined
  );
  assert(ranges.length >= 3, `${ranges}`);
});

realTest("a slow registry delivers whole layers", reason, async () => {
  await using harness = await startFaultyPull();
  harness.faults.mode = { fault: "slow", bytesPerSecond: 2_000_000 };
  const began = Date.now();
  assertEquals((await harness.pull()).code, 0);
  assert(Date.now() - began > 400);
});

interface FaultyPull extends AsyncDisposable {
  readonly faults: FaultRegistry;
  readonly ctrPath: string;
  readonly pullArgs: string[];
  pull(): Promise<{ readonly code: number; readonly stderr: string }>;
}

/** A containerd, and an image of 1 MB in a registry behind a scripted one. */
async function startFaultyPull(): Promise<FaultyPull> {
  await using stack = new AsyncDisposableStack();
  const registry = stack.use(await startRegistry());
  const faults = stack.use(startFaultRegistry({ upstream: registry.host }));
  const containerd = stack.use(await startContainerd({ version: "1.7" }));
  const image = { repository: "test/app", tag: "1", layers: [{ name: "app", bytes: 1_000_000 }] };
  await pushImage(registry, image);
  const pullArgs = ["images", "pull", `${faults.host}/test/app:1`];
  const started = stack.move();
  return {
    faults,
    ctrPath: containerd.ctrPath,
    pullArgs: ["-a", containerd.address, "-n", "k8s.io", ...pullArgs],
    pull: () => containerd.ctr(...pullArgs),
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

async function isRunning(pid: number): Promise<boolean> {
  return await Deno.stat(`/proc/${pid}`).then(() => true, () => false);
}
