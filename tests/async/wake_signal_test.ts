import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { WakeSignal } from "../../mod/async/wake_signal.ts";
import { advance, hasTimer } from "../harness/fakes/fake_time.ts";

Deno.test("a ring ends the wait for it", async () => {
  const wake = new WakeSignal();
  const waiting = wake.wait();
  wake.ring();
  assertEquals(await waiting, true);
});

Deno.test("rings before the wait count once", async () => {
  using time = new FakeTime(0);
  const wake = new WakeSignal();
  wake.ring();
  wake.ring();
  assertEquals(await wake.wait({ ms: 1_000 }), true);
  const second = wake.wait({ ms: 1_000 });
  await advance(time, 1_000);
  assertEquals(await second, false);
});

Deno.test("a wait ends when its time has passed, and leaves no timer when it was rung", async () => {
  using time = new FakeTime(0);
  const wake = new WakeSignal();
  const timedOut = wake.wait({ ms: 1_000 }).then((rung) => [rung, Date.now()]);
  await advance(time, 2_000);
  assertEquals(await timedOut, [false, 1_000]);
  const rung = wake.wait({ ms: 1_000 });
  wake.ring();
  assertEquals(await rung, true);
  assertEquals(hasTimer(time), false);
});

Deno.test("a wait ends when its signal aborts; what was rung before still counts", async () => {
  const stop = new AbortController();
  const { signal } = stop;
  const wake = new WakeSignal();
  const waiting = wake.wait({ signal });
  stop.abort();
  assertEquals(await waiting, false);
  wake.ring();
  assertEquals([await wake.wait({ signal }), await wake.wait({ signal })], [true, false]);
});
