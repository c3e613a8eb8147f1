import { assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { delay, pause } from "../../mod/async/delay.ts";
import { advance } from "../harness/fakes/fake_time.ts";

Deno.test("a delay ends when its time has passed", async () => {
  using time = new FakeTime(0);
  const ended = delay(1_000).then(() => Date.now());
  await advance(time, 2_000);
  assertEquals(await ended, 1_000);
});

Deno.test("an aborted delay rejects with the signal's reason", async () => {
  using _time = new FakeTime(0);
  const stop = new AbortController();
  const waiting = delay(1_000, { signal: stop.signal });
  stop.abort(new TypeError("stopped"));
  await assertRejects(() => waiting, TypeError, "stopped");
});

Deno.test("a pause says whether its time passed", async () => {
  using time = new FakeTime(0);
  const stop = new AbortController();
  const passed = pause(1_000, stop.signal);
  await advance(time, 1_000);
  assertEquals(await passed, true);
  const cut = pause(1_000, stop.signal);
  stop.abort();
  assertEquals([await cut, await pause(1_000, stop.signal)], [false, false]);
});
