import { assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { RegistryPace } from "../../../mod/adapters/relay/registries/registry_pace.ts";
import { fakeClock } from "../../harness/fakes/fake_clock.ts";
import { advance, advanceUntil } from "../../harness/fakes/fake_time.ts";

const { signal } = new AbortController();

Deno.test("requests wait for a short pause, and are told of a long one at once", async () => {
  using time = new FakeTime(0);
  const pace = new RegistryPace({ clock: fakeClock(), requestsPerSecond: 0 });
  pace.refused("a", 5_000);
  assertEquals(await pace.turn("b", { signal }), undefined);
  const waiting = pace.turn("a", { signal });
  assertEquals(pace.pausedMs("a"), 5_000);
  assertEquals(await advanceUntil(time, waiting), undefined);
  assertEquals(pace.pausedMs("a"), 0);
  pace.refused("a", 60_000);
  assertEquals(await pace.turn("a", { signal }), { leftMs: 60_000, isTold: true });
});

Deno.test("a pause that gets longer while one waits is waited for as well, if it stays short", async () => {
  using time = new FakeTime(0);
  const clock = fakeClock();
  const pace = new RegistryPace({ clock, requestsPerSecond: 0 });
  pace.refused("a", 1_000);
  const waiting = pace.turn("a", { signal });
  await advance(time, 500);
  pace.refused("a", 10_000);
  assertEquals(await advanceUntil(time, waiting), undefined);
  assertEquals(clock.monotonicMs() >= 10_500, true);
});

Deno.test("a registry that does not say how long is left alone longer each time in a row", async () => {
  using time = new FakeTime(0);
  const pace = new RegistryPace({ clock: fakeClock(), requestsPerSecond: 0 });
  const pauses: number[] = [];
  for (let n = 0; n < 7; n++) {
    pace.refused("a", undefined);
    pace.refused("a", undefined); // both were under way
    pauses.push(pace.pausedMs("a"));
    await advance(time, pauses.at(-1) ?? 0);
  }
  assertEquals(pauses, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  pace.served("a");
  pace.refused("a", undefined);
  assertEquals(pace.pausedMs("a"), 1_000);
});

Deno.test("a pause of a length that nobody told is waited for only while it is a second or two", async () => {
  using time = new FakeTime(0);
  const pace = new RegistryPace({ clock: fakeClock(), requestsPerSecond: 0 });
  for (let n = 0; n < 2; n++) {
    pace.refused("a", undefined);
    assertEquals(await advanceUntil(time, pace.turn("a", { signal })), undefined);
  }
  pace.refused("a", undefined);
  assertEquals(await pace.turn("a", { signal }), { leftMs: 4_000, isTold: false });
  pace.refused("a", 1_000);
  assertEquals(await pace.turn("a", { signal }), { leftMs: 4_000, isTold: false });
  pace.refused("a", 6_000); // now it is told
  assertEquals(await advanceUntil(time, pace.turn("a", { signal })), undefined);
});

Deno.test("no more requests go in a second than are set, in the order in which they came", async () => {
  using time = new FakeTime(0);
  const clock = fakeClock();
  const pace = new RegistryPace({ clock, requestsPerSecond: 4 });
  const went: [number, number][] = [];
  const all = Promise.all([1, 2, 3, 4, 5].map(async (n) => {
    await pace.turn("a", { signal });
    went.push([n, clock.monotonicMs()]);
  }));
  await advance(time, 1_000);
  await all;
  assertEquals(went, [[1, 0], [2, 250], [3, 500], [4, 750], [5, 1_000]]);
  assertEquals(await pace.turn("storage", { signal, unlimited: true }), undefined);
});

Deno.test("whoever waits for a turn can give up", async () => {
  using _time = new FakeTime(0);
  const pace = new RegistryPace({ clock: fakeClock(), requestsPerSecond: 0 });
  const stop = new AbortController();
  pace.refused("a", 5_000);
  const waiting = assertRejects(() => pace.turn("a", { signal: stop.signal }), Error, "stopped");
  stop.abort(new Error("stopped"));
  await waiting;
});

Deno.test("a pause is of the login that it was asked of, and the rate of all", async () => {
  using time = new FakeTime(0);
  const pace = new RegistryPace({ clock: fakeClock(), requestsPerSecond: 4 });
  pace.refused("a", 60_000);
  assertEquals(await pace.turn("a", { signal }), { leftMs: 60_000, isTold: true });
  assertEquals(await pace.turn("a", { signal, login: "one" }), undefined);
  const next = pace.turn("a", { signal, login: "two" });
  assertEquals(await advanceUntil(time, next), undefined);
  assertEquals(Date.now() >= 250, true);
  pace.refused("a", 60_000, { login: "one" });
  assertEquals([pace.pausedMs("a", { login: "one" }), pace.pausedMs("a", { login: "two" })], [
    60_000,
    0,
  ]);
});
