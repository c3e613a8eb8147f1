import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { RuntimeEvent } from "../../../mod/ports/image_runtime.ts";
import type { PullOutcome } from "../../../mod/pure/pulls/pull_outcome.ts";
import { RuntimeUnavailableError } from "../../../mod/pure/pulls/runtime_errors.ts";
import { killProcess } from "../../harness/proc.ts";
import { waitUntil, within } from "../../harness/wait.ts";
import { realTest } from "../../harness/servers/skipping.ts";
import {
  type ContainerdHarness,
  pairsForFaults,
  pairsOfEachLine,
  startContainerdHarness,
} from "./harness.ts";
import { never } from "../../harness/signals.ts";
import { assertFailed } from "../../harness/asserts.ts";

for (const pair of await pairsForFaults()) {
  realTest(
    `${pair.name}: a socket that is missing at the start is waited for`,
    pair.reason,
    async () => {
      await using harness = await startContainerdHarness(pair);
      await harness.containerd.kill();
      await Deno.remove(harness.containerd.address);
      await using events = follow(harness);
      await untilAskedInVain(harness);
      await assertAllFail(harness);
      assertEquals(events.of("restarted"), 0);
      await harness.containerd.restart();
      await waitUntil("the start is told", () => events.of("restarted") > 0);
      await assertPulls(harness);
    },
  );

  realTest(
    `${pair.name}: killed in the middle of a pull, it is found again and the pull goes on`,
    pair.reason,
    async () => {
      await using harness = await startContainerdHarness(pair, { pullIdleTimeoutMs: 8000 });
      await using events = follow(harness);
      harness.front.mode = { fault: "stall", afterBytes: 100_000 };
      const pulling = pull(harness);
      await waitUntil("layers are asked for", () => blobRequests(harness) >= 3);
      await harness.containerd.kill();
      assertFailed(await pulling, "runtime");
      await assertAllFail(harness); // its socket is there and refuses
      assertEquals(events.of("restarted"), 0);
      harness.front.mode = { fault: "none" };
      await harness.containerd.restart();
      await waitUntil("the restart is told", () => events.of("restarted") > 0);
      await assertPulls(harness);
      assertEquals(harness.metrics.total("warm_images_reconnects_total", { to: "containerd" }), 1);
      const told = harness.logger.lines.filter(({ level }) => level !== "debug")
        .map(({ level, message }) => `${level}: ${message}`);
      assertEquals(told, [
        "warn: Lost the events of containerd",
        "info: Subscribed to the events of containerd",
      ]);
    },
  );

  realTest(
    `${pair.name}: restarted with an empty store, it is checked and filled again`,
    pair.reason,
    async () => {
      await using harness = await startContainerdHarness(pair);
      await using events = follow(harness);
      await assertPulls(harness);
      await harness.containerd.restart({ wipe: true });
      await waitUntil("the restart is told", () => events.of("restarted") > 0);
      const seen = await harness.runtime.check([harness.image], { signal: never() });
      assertEquals(seen.get(harness.image), { state: "absent" });
      await assertPulls(harness);
    },
  );

  realTest(
    `${pair.name}: a ctr killed in the middle is the runtime's failure`,
    pair.reason,
    async () => {
      await using harness = await startContainerdHarness(pair);
      harness.front.mode = { fault: "stall", afterBytes: 100_000 };
      const pulling = pull(harness);
      // Not before: small images are fetched ahead of it.
      const pulls = async () =>
        (await harness.ctrs()).filter(({ command }) => command.includes(" images pull "));
      await waitUntil("ctr pulls", async () => (await pulls()).length > 0);
      for (const { pid } of await pulls()) await killProcess(pid);
      assertStringIncludes(assertFailed(await pulling, "runtime"), "signal 9");
      harness.front.mode = { fault: "none" };
      await assertPulls(harness);
    },
  );

  realTest(
    `${pair.name}: half an image is seen as incomplete, and completed`,
    pair.reason,
    async () => {
      await using harness = await startContainerdHarness(pair);
      await assertPulls(harness);
      await dropSnapshots(harness);
      const seen = await harness.runtime.check([harness.image], { signal: never() });
      assertEquals(seen.get(harness.image), { state: "incomplete", why: "Not unpacked" });
      await assertPulls(harness);
    },
  );
}

for (const pair of await pairsOfEachLine()) {
  realTest(
    `${pair.name}: hung in the middle of a pull, it does not hold us up and works on when it wakes`,
    pair.reason,
    async () => {
      const deadlines = { pullIdleTimeoutMs: 2000, queryDeadlineMs: 1000, killGraceMs: 500 };
      await using harness = await startContainerdHarness(pair, deadlines);
      await using events = follow(harness);
      harness.front.mode = { fault: "slow", bytesPerSecond: 100_000 };
      const pulling = pull(harness);
      await waitUntil("layers are asked for", () => blobRequests(harness) >= 3);
      await harness.containerd.suspend();
      try {
        assertFailed(await pulling, "runtime");
        await assertAllFail(harness);
      } finally {
        await harness.containerd.resume();
      }
      harness.front.mode = { fault: "none" };
      await assertPulls(harness);
      await waitUntil("the deletion is told", async () => {
        await harness.containerd.ctr("images", "tag", harness.image, "registry.example/x:1");
        await harness.containerd.ctr("images", "rm", "registry.example/x:1");
        return events.of("deleted") > 0;
      });
    },
  );
}

function pull(harness: ContainerdHarness): Promise<PullOutcome> {
  return within(harness.runtime.pull(harness.image, { signal: never() }));
}

/** Whoever began to follow has asked at once; waits until that ctr has ended, as there is no socket. */
async function untilAskedInVain(harness: ContainerdHarness): Promise<void> {
  const asks = async () => (await harness.ctrs()).length > 0;
  await waitUntil("the first question has failed", async () => !await asks(), { everyMs: 5 });
}

/** While containerd does not answer, everything says so; nothing waits for ever. */
async function assertAllFail(harness: ContainerdHarness): Promise<void> {
  const { runtime, image } = harness;
  const [outcome] = await within(Promise.all([
    pull(harness),
    assertRejects(() => runtime.version({ signal: never() }), RuntimeUnavailableError),
    assertRejects(() => runtime.check([image], { signal: never() }), RuntimeUnavailableError),
  ]));
  assertFailed(outcome, "runtime");
}

async function assertPulls(harness: ContainerdHarness): Promise<void> {
  const outcome = await pull(harness);
  assertEquals(outcome.result, "pulled", JSON.stringify(outcome));
  const seen = await harness.runtime.check([harness.image], { signal: never() });
  assertEquals(seen.get(harness.image)?.state, "usable");
}

function blobRequests(harness: ContainerdHarness): number {
  return harness.front.requests().filter(({ path }) => path.includes("/blobs/")).length;
}

function follow(
  harness: ContainerdHarness,
): AsyncDisposable & { of(type: RuntimeEvent["type"]): number } {
  const stop = new AbortController();
  const events: RuntimeEvent[] = [];
  const following = (async () => {
    for await (const event of harness.runtime.events({ signal: stop.signal })) events.push(event);
  })();
  return {
    of: (type) => events.filter((event) => event.type === type).length,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await following;
    },
  };
}

/** Leaves the record and its content without anything unpacked, as a full disk does on 1.x. */
async function dropSnapshots(harness: ContainerdHarness): Promise<void> {
  const { stdout } = await harness.containerd.ctr("snapshots", "ls");
  const keys = stdout.split("\n").slice(1).map((line) => line.split(/\s+/)[0] ?? "");
  for (const key of keys.filter((key) => key !== "").reverse()) {
    await harness.containerd.ctr("snapshots", "rm", key);
  }
}
