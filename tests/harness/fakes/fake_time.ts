import { setImmediate } from "node:timers";
import type { FakeTime } from "@std/testing/time";

/**
 * Runs all promises that wait for nothing outside. `FakeTime.runMicrotasks()` does so by a real timer,
 * which takes 2 ms: with a day of fake time in steps of a minute that is most of a test.
 */
export function runMicrotasks(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** Runs everything that needs no time to pass. */
export async function runPending(time: FakeTime): Promise<void> {
  await runMicrotasks();
  time.tick(0);
  await runMicrotasks();
}

/** Lets time pass from one timer to the next, and runs what each sets going. */
export async function advance(time: FakeTime, ms: number): Promise<void> {
  await runPending(time);
  let arrived = false;
  setTimeout(() => arrived = true, ms);
  while (!arrived) {
    time.next();
    await runMicrotasks();
  }
  await runPending(time);
}

/** Lets time pass until `task` has ended, at most ten minutes; returns its result. */
export async function advanceUntil<T>(time: FakeTime, task: Promise<T>): Promise<T> {
  let ended = false;
  const end = () => ended = true;
  task.then(end, end);
  for (let ms = 0; !ended && ms < 600_000; ms += 100) {
    await runPending(time);
    if (!ended) time.tick(100);
  }
  if (!ended) throw new Error("A task did not end within ten minutes of fake time");
  return await task;
}

/** Whether a timer is set; runs the first one, as the published `FakeTime` shows them no other way. */
export function hasTimer(time: FakeTime): boolean {
  const ran: unknown = time.next();
  return ran === true;
}
