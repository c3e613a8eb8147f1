import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { Deadline } from "../../mod/async/deadline.ts";
import { delay } from "../../mod/async/delay.ts";
import { finishesWithin } from "../../mod/async/finishes_within.ts";
import { startTimer } from "../../mod/async/timer.ts";
import { Wake } from "../../mod/async/wake.ts";
import { advance } from "../harness/fakes/fake_time.ts";

const DAY = 24 * 3_600_000;

/** All ways to wait: each calls `ended` once `ms` have passed, and gives up when `signal` aborts. */
const WAITS: Readonly<
  Record<string, (ms: number, signal: AbortSignal, ended: () => void) => void>
> = {
  startTimer: (ms, signal, ended) => {
    const timer = startTimer(ms, ended);
    signal.addEventListener("abort", () => timer[Symbol.dispose]());
  },
  delay: (ms, signal, ended) => void delay(ms, { signal }).then(ended, () => {}),
  Deadline: (ms, signal, ended) => {
    const deadline = new Deadline(ms, "the end");
    deadline.signal.addEventListener("abort", ended);
    signal.addEventListener("abort", () => deadline[Symbol.dispose]());
  },
  finishesWithin: (ms, signal, ended) => {
    const stopped = new Promise((resolve) => signal.addEventListener("abort", resolve));
    finishesWithin(stopped, ms).then((finished) => finished || ended());
  },
  Wake: (ms, signal, ended) => {
    new Wake().next({ signal, idleMs: ms }).then(() => signal.aborted || ended());
  },
};

for (const [name, wait] of Object.entries(WAITS)) {
  Deno.test(`${name} does not end at once when the time is longer than setTimeout knows`, async () => {
    for (const ms of [25 * DAY, 1e15, Infinity]) {
      const stop = new AbortController();
      let ended = false;
      wait(ms, stop.signal, () => ended = true);
      // In real time, as no fake has that limit: setTimeout would fire before this later one.
      await new Promise((resolve) => setTimeout(resolve, 5));
      assertEquals(ended, false, `${ms} ms`);
      stop.abort();
    }
  });

  Deno.test(`${name} ends after 60 days when asked to, and not before`, async () => {
    using time = new FakeTime();
    let ended = false;
    wait(60 * DAY, new AbortController().signal, () => ended = true);
    await advance(time, 60 * DAY - 1);
    assertEquals(ended, false);
    await advance(time, 1);
    assertEquals(ended, true);
  });
}

Deno.test("a timer that is taken back does not fire, nor does one of infinite time", async () => {
  using time = new FakeTime();
  let fired = 0;
  startTimer(30 * DAY, () => fired++)[Symbol.dispose]();
  const taken = startTimer(30 * DAY, () => fired++);
  await advance(time, 29 * DAY);
  taken[Symbol.dispose]();
  using _never = startTimer(Infinity, () => fired++);
  await advance(time, 100 * DAY);
  assertEquals(fired, 0);
});

Deno.test("a time that is over already ends soon, and a fraction is not cut off", async () => {
  using time = new FakeTime();
  const fired: number[] = [];
  startTimer(-1000, () => fired.push(-1000));
  startTimer(1.5, () => fired.push(1.5));
  await advance(time, 1);
  assertEquals(fired, [-1000]);
  await advance(time, 1);
  assertEquals(fired, [-1000, 1.5]);
});
