import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { observeOnce } from "../../mod/flow/observe_once.ts";
import type { Observation, WantsSource } from "../../mod/ports/wants_source.ts";
import { advanceUntil } from "../harness/fakes/fake_time.ts";
import { aborted } from "../harness/fakes/scripted_source.ts";

Deno.test("a source is observed once it is in sync and knows what is not followed", async () => {
  using time = new FakeTime();
  const { observation, tookMs } = await observed(time, { syncedMs: 2_000, notFollowedMs: 5_000 });
  assertEquals(observation.notFollowed, [{ kind: "Foo.example.com", count: 3 }]);
  assertEquals(Math.round(tookMs / 1_000), 5);
});

Deno.test("what is not followed is waited for some seconds, and no longer", async () => {
  using time = new FakeTime();
  const { observation, tookMs } = await observed(time, { syncedMs: 2_000 });
  assertEquals([observation.synced, observation.notFollowed], [true, undefined]);
  assertEquals(Math.round(tookMs / 1_000), 12);
});

Deno.test("a source that is never in sync is given up after its time", async () => {
  using time = new FakeTime();
  const { observation, tookMs } = await observed(time, {});
  assertEquals(observation.synced, false);
  assertEquals(Math.round(tookMs / 1_000), 60);
});

async function observed(
  time: FakeTime,
  { syncedMs = Infinity, notFollowedMs = Infinity }: {
    readonly syncedMs?: number;
    readonly notFollowedMs?: number;
  },
): Promise<{ observation: Observation; tookMs: number }> {
  const stop = new AbortController();
  const startedMs = Date.now();
  const passedMs = () => Date.now() - startedMs;
  const source: WantsSource = {
    type: "kubernetes",
    follow: ({ signal }) => aborted(signal),
    observe: () => ({
      synced: passedMs() >= syncedMs,
      unread: new Set(),
      kinds: new Set(),
      records: [],
      notFollowed: passedMs() >= notFollowedMs
        ? [{ kind: "Foo.example.com", count: 3 }]
        : undefined,
      faults: [],
    }),
  };
  const clock = { monotonicMs: () => Date.now(), wallMs: () => Date.now() };
  const observing = observeOnce(source, { signal: stop.signal, timeoutMs: 60_000, clock });
  return { observation: await advanceUntil(time, observing), tookMs: passedMs() };
}
