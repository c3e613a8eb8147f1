import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { RuntimeEvent } from "../../../mod/ports/image_runtime.ts";
import type { PullFailure, PullOutcome } from "../../../mod/pure/pulls/pull_outcome.ts";
import { RuntimeUnavailableError } from "../../../mod/pure/pulls/runtime_errors.ts";
import { waitUntil } from "../../harness/process.ts";
import { realTest } from "../../harness/servers/skipping.ts";
import { type ContainerdLab, containerdPairs, startContainerdLab } from "./lab.ts";
import { within } from "../../harness/within.ts";

for (const pair of await containerdPairs()) {
  realTest(
    `${pair.name}: a socket that is missing at the start is waited for`,
    pair.reason,
    async () => {
      await using lab = await startContainerdLab(pair);
      await lab.containerd.kill();
      await Deno.remove(lab.containerd.address);
      await using events = follow(lab);
      await assertAllFail(lab);
      assertEquals(events.of("restarted"), 0);
      await lab.containerd.restart();
      await waitUntil("the start is told", () => events.of("restarted") > 0);
      await assertPulls(lab);
    },
  );

  realTest(
    `${pair.name}: killed in the middle of a pull, it is found again and the pull goes on`,
    pair.reason,
    async () => {
      await using lab = await startContainerdLab(pair, { pullIdleTimeoutMs: 8000 });
      await using events = follow(lab);
      lab.front.mode = { fault: "stall", afterBytes: 100_000 };
      const pulling = pull(lab);
      await waitUntil("layers are asked for", () => blobRequests(lab) >= 3);
      await lab.containerd.kill();
      assertFailed(await pulling, "runtime");
      await assertAllFail(lab); // its socket is there and refuses
      assertEquals(events.of("restarted"), 0);
      lab.front.mode = { fault: "none" };
      await lab.containerd.restart();
      await waitUntil("the restart is told", () => events.of("restarted") > 0);
      await assertPulls(lab);
      assertEquals(lab.metrics.total("warm_images_reconnects_total", { to: "containerd" }), 1);
      const told = lab.logger.lines.map(({ level, message }) => `${level}: ${message}`);
      assertEquals(told, [
        "warn: Lost the events of containerd",
        "info: containerd answers again",
      ]);
    },
  );

  realTest(
    `${pair.name}: hung in the middle of a pull, it does not hold us up and works on when it wakes`,
    pair.reason,
    async () => {
      const deadlines = { pullIdleTimeoutMs: 2000, queryDeadlineMs: 500 };
      await using lab = await startContainerdLab(pair, deadlines);
      await using events = follow(lab);
      lab.front.mode = { fault: "slow", bytesPerSecond: 100_000 };
      const pulling = pull(lab);
      await waitUntil("layers are asked for", () => blobRequests(lab) >= 3);
      lab.containerd.suspend();
      try {
        assertFailed(await pulling, "runtime");
        await assertAllFail(lab);
      } finally {
        lab.containerd.resume();
      }
      lab.front.mode = { fault: "none" };
      await assertPulls(lab);
      await waitUntil("the deletion is told", async () => {
        await lab.containerd.ctr("images", "tag", lab.image, "registry.example/x:1");
        await lab.containerd.ctr("images", "rm", "registry.example/x:1");
        return events.of("deleted") > 0;
      });
    },
  );

  realTest(
    `${pair.name}: restarted with an empty store, it is looked at and filled again`,
    pair.reason,
    async () => {
      await using lab = await startContainerdLab(pair);
      await using events = follow(lab);
      await assertPulls(lab);
      await lab.containerd.restart({ wipe: true });
      await waitUntil("the restart is told", () => events.of("restarted") > 0);
      const seen = await lab.runtime.look([lab.image], { signal: never() });
      assertEquals(seen.get(lab.image), { state: "absent" });
      await assertPulls(lab);
    },
  );

  realTest(
    `${pair.name}: a ctr killed in the middle is the runtime's failure`,
    pair.reason,
    async () => {
      await using lab = await startContainerdLab(pair);
      lab.front.mode = { fault: "stall", afterBytes: 100_000 };
      const pulling = pull(lab);
      await waitUntil("layers are asked for", () => blobRequests(lab) >= 3);
      for (const { pid } of await lab.ctrs()) Deno.kill(pid, "SIGKILL");
      assertStringIncludes(assertFailed(await pulling, "runtime"), "signal 9");
      lab.front.mode = { fault: "none" };
      await assertPulls(lab);
    },
  );

  realTest(
    `${pair.name}: half an image is seen as incomplete, and completed`,
    pair.reason,
    async () => {
      await using lab = await startContainerdLab(pair);
      await assertPulls(lab);
      await dropSnapshots(lab);
      const seen = await lab.runtime.look([lab.image], { signal: never() });
      assertEquals(seen.get(lab.image), { state: "incomplete", why: "Not unpacked" });
      await assertPulls(lab);
    },
  );
}

function never(): AbortSignal {
  return new AbortController().signal;
}

function pull(lab: ContainerdLab): Promise<PullOutcome> {
  return within(lab.runtime.pull(lab.image, { signal: never() }));
}

function assertFailed(outcome: PullOutcome, failure: PullFailure): string {
  assert(outcome.result === "failed", JSON.stringify(outcome));
  assertEquals(outcome.failure, failure, outcome.detail);
  return outcome.detail;
}

/** While containerd does not answer, everything says so; nothing waits for ever. */
async function assertAllFail(lab: ContainerdLab): Promise<void> {
  const { runtime, image } = lab;
  const [version, look, outcome] = await within(Promise.all([
    assertRejects(() => runtime.version({ signal: never() })),
    assertRejects(() => runtime.look([image], { signal: never() })),
    pull(lab),
  ]));
  assert(version instanceof RuntimeUnavailableError, version.message);
  assert(look instanceof RuntimeUnavailableError, look.message);
  assertFailed(outcome, "runtime");
}

async function assertPulls(lab: ContainerdLab): Promise<void> {
  const outcome = await pull(lab);
  assertEquals(outcome.result, "pulled", JSON.stringify(outcome));
  const seen = await lab.runtime.look([lab.image], { signal: never() });
  assertEquals(seen.get(lab.image)?.state, "usable");
}

function blobRequests(lab: ContainerdLab): number {
  return lab.front.requests().filter(({ path }) => path.includes("/blobs/")).length;
}

function follow(lab: ContainerdLab): AsyncDisposable & { of(type: RuntimeEvent["type"]): number } {
  const stop = new AbortController();
  const events: RuntimeEvent[] = [];
  const following = (async () => {
    for await (const event of lab.runtime.events({ signal: stop.signal })) events.push(event);
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
async function dropSnapshots(lab: ContainerdLab): Promise<void> {
  const { stdout } = await lab.containerd.ctr("snapshots", "ls");
  const keys = stdout.split("\n").slice(1).map((line) => line.split(/\s+/)[0] ?? "");
  for (const key of keys.filter((key) => key !== "").reverse()) {
    await lab.containerd.ctr("snapshots", "rm", key);
  }
}
