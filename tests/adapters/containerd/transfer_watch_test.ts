import { assertEquals } from "@std/assert";
import { watchCeiling } from "../../../mod/adapters/containerd/ceiling_watch.ts";
import { watchTransfer } from "../../../mod/adapters/containerd/transfer_watch.ts";
import { RuntimeUnavailableError } from "../../../mod/pure/pulls/runtime_errors.ts";
import { watchInFakeTime } from "./watch_in_fake_time.ts";

const idleTimeoutMs = 60_000;
const MISSING = [
  { digest: "sha256:a", bytes: 4_000_000, mediaType: "" },
  { digest: "sha256:b", bytes: 6_000_000, mediaType: "" },
];

Deno.test("bytes that move are watched without a process, however slowly they come", async () => {
  using watch = watching();
  for (let n = 1; n <= 20; n++) {
    watch.shown.arrivedBytes = watch.shown.deliveredBytes = watch.shown.storedBytes = n * 1000;
    await watch.advance(4000);
  }
  assertEquals([watch.verdict(), watch.shown.probes], [undefined, 0]);
});

Deno.test("a pull none of whose bytes move has stalled after the idle timeout", async () => {
  using watch = watching();
  await watch.advance(59_000);
  assertEquals(watch.verdict(), undefined);
  await watch.advance(8000);
  assertEquals(watch.verdict(), { endedBy: "stall", quietSeconds: 61 });
});

Deno.test("a blob that somebody else fetches for us is no stall", async () => {
  using watch = watching();
  for (let n = 1; n <= 20; n++) {
    watch.shown.storedBytes = n * 1000; // nothing of it through the relay
    await watch.advance(10_000);
  }
  assertEquals(watch.verdict(), undefined);
});

Deno.test("what stands still while pulls are paused has not stalled, and may stall afterwards", async () => {
  using watch = watching();
  await watch.advance(50_000);
  watch.shown.isPaused = true;
  await watch.advance(120_000);
  assertEquals(watch.verdict(), undefined);
  watch.shown.isPaused = false;
  await watch.advance(5000);
  assertEquals(watch.verdict(), undefined);
  await watch.advance(10_000);
  assertEquals(watch.verdict(), { endedBy: "stall", quietSeconds: 61 });
});

Deno.test("when containerd has all bytes, how many the relay delivered does not matter", async () => {
  using watch = watching();
  watch.shown.deliveredBytes = 1000; // the rest was there from an earlier pull
  watch.shown.isWhole = true;
  await watch.advance(1000);
  assertEquals(watch.verdict(), "stored");
});

Deno.test("layers that containerd does not ask for, as it has unpacked them, are not waited for", async () => {
  using watch = watching();
  watch.shown.isPart = false;
  await watch.advance(25_000);
  assertEquals(watch.verdict(), undefined);
  await watch.advance(8000);
  assertEquals(watch.verdict(), "stored");
});

Deno.test("where the store cannot be seen, what the relay has delivered tells", async () => {
  using watch = watching();
  watch.shown.isSeen = false;
  watch.shown.deliveredBytes = 9_999_999;
  await watch.advance(3000);
  assertEquals(watch.verdict(), undefined);
  watch.shown.deliveredBytes = 10_000_000;
  await watch.advance(1000);
  assertEquals(watch.verdict(), "stored");
});

Deno.test("a daemon that stores nothing and answers nothing hangs, though buffers fill", async () => {
  using watch = watching();
  watch.shown.answers = false;
  for (let n = 1; n <= 9; n++) {
    watch.shown.arrivedBytes = watch.shown.deliveredBytes = n * 100_000;
    await watch.advance(1000);
  }
  assertEquals(watch.verdict(), { endedBy: "hung", quietSeconds: 0 });
  assertEquals(watch.shown.probes, 3);
});

Deno.test("a daemon that hangs is told as such, not as a stall, however short the idle timeout", async () => {
  using watch = watching({ idleTimeoutMs: 2000 });
  watch.shown.answers = false;
  await watch.advance(10_000);
  const verdict = watch.verdict();
  assertEquals(typeof verdict === "object" && verdict.endedBy, "hung");
});

Deno.test("the watch ends quietly with its pull", async () => {
  using watch = watching();
  await watch.advance(3000);
  watch.stop();
  await watch.advance(120_000);
  assertEquals(watch.verdict(), undefined);
});

Deno.test("a pull may take no longer than its ceiling, without what it stood still for others", async () => {
  let isPaused = true;
  using watch = watchInFakeTime(({ signal }) =>
    watchCeiling({ ceilingMs: () => 65_000, isPaused: () => isPaused, signal })
  );
  await watch.advance(600_000);
  isPaused = false;
  await watch.advance(60_000);
  assertEquals(watch.verdict(), undefined);
  await watch.advance(10_000);
  assertEquals(watch.verdict(), { endedBy: "ceiling", afterSeconds: 65 });
});

function watching(options = { idleTimeoutMs }) {
  const shown = {
    arrivedBytes: 0,
    deliveredBytes: 0,
    storedBytes: 0,
    isWhole: false,
    isPart: true,
    isSeen: true,
    isPaused: false,
    answers: true,
    probes: 0,
  };
  const watch = watchInFakeTime((given) =>
    watchTransfer({
      ...given,
      ...options,
      relayed: {
        get traffic() {
          const { arrivedBytes, deliveredBytes } = shown;
          const none = { firstRequestAt: 1, failure: undefined };
          return { arrivedBytes, deliveredBytes, sending: new Set<string>(), ...none };
        },
      },
      missing: MISSING,
      stored: () =>
        Promise.resolve(
          shown.isSeen
            ? { bytes: shown.storedBytes, isWhole: shown.isWhole, isPart: shown.isPart }
            : undefined,
        ),
      probe() {
        shown.probes++;
        return shown.answers
          ? Promise.resolve()
          : Promise.reject(new RuntimeUnavailableError("hung"));
      },
      isPaused: () => shown.isPaused,
    })
  );
  return Object.assign(watch, { shown });
}
