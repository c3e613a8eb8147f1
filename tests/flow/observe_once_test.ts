import { assertEquals, assertMatch } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { observeOnce } from "../../mod/flow/observe_once.ts";
import type { Observation, WantsSource } from "../../mod/ports/wants_source.ts";
import { fakeClock } from "../harness/fakes/fake_clock.ts";
import { advance, advanceUntil, runPending } from "../harness/fakes/fake_time.ts";
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

Deno.test("a server that never gives everything is given up, with what it did not give", async () => {
  using time = new FakeTime();
  const { error, told } = await notRead(time, "kubernetes", { untilMs: 11 * 60_000 });
  assertEquals(
    error?.message,
    "Gave up after 10 minutes, not read yet: Deployment, Pod (connection refused); " +
      "which kinds the API server has",
  );
  assertEquals(told.length, 60);
  assertEquals(told[0], "Deployment, Pod (connection refused); which kinds the API server has");
});

Deno.test("manifests may take as long as they do, and are named meanwhile", async () => {
  using time = new FakeTime();
  const { error, told } = await notRead(time, "manifests", { untilMs: 11 * 60_000 });
  assertEquals([error, told.length], [undefined, 66]);
});

Deno.test("whoever stops it is told what was not read", async () => {
  using time = new FakeTime();
  const { error } = await notRead(time, "kubernetes", { untilMs: 5_000, stops: true });
  assertMatch(error?.message ?? "", /^Stopped, not read yet: Deployment, /);
});

/** Lets time pass while nothing is read; how it ended by then, and what was told meanwhile. */
async function notRead(
  time: FakeTime,
  type: WantsSource["type"],
  { untilMs, stops = false }: { readonly untilMs: number; readonly stops?: boolean },
): Promise<{ error: Error | undefined; told: string[] }> {
  const stop = new AbortController();
  const why = "connection refused";
  const source: WantsSource = {
    type,
    follow: ({ signal }) => aborted(signal),
    observe: () => ({
      synced: false,
      awaited: [
        { what: "Deployment", why },
        { what: "Pod", why },
        { what: "which kinds the API server has" },
      ],
      unread: new Set(),
      kinds: new Set(),
      records: [],
      notFollowed: undefined,
      faults: [],
    }),
  };
  const told: string[] = [];
  let error: Error | undefined;
  const observing = observeOnce(source, {
    signal: stop.signal,
    clock: fakeClock(),
    waits: (notRead) => told.push(notRead),
  }).catch((thrown: Error) => void (error = thrown));
  await advance(time, untilMs);
  if (stops) stop.abort();
  await runPending(time);
  const ended = { error, told: [...told] };
  stop.abort();
  await observing;
  return ended;
}

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
  const observing = observeOnce(source, { signal: stop.signal, clock: fakeClock() });
  return { observation: await advanceUntil(time, observing), tookMs: passedMs() };
}
