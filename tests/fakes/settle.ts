import type { FakeTime } from "@std/testing/time";

/** Lets everything happen that needs no time to pass. */
export async function settle(time: FakeTime): Promise<void> {
  for (let turn = 0; turn < 3; turn++) {
    await time.runMicrotasks();
    time.tick(0);
  }
  await time.runMicrotasks();
}

/** Most steps in which a span of time passes. */
const STEPS = 100;
const SHORTEST_STEP_MS = 50;

/**
 * Lets time pass in steps, so that what a timer sets going has its turn before the next one: a
 * hundredth of the span each, at least 50 ms.
 */
export async function pass(time: FakeTime, ms: number): Promise<void> {
  await settle(time);
  const stepMs = Math.max(SHORTEST_STEP_MS, Math.ceil(ms / STEPS));
  for (let leftMs = ms; leftMs > 0; leftMs -= stepMs) {
    time.tick(Math.min(stepMs, leftMs));
    await settle(time);
  }
}

/** Lets time pass until `task` has ended, and gives its result; at most ten minutes. */
export async function passUntil<T>(time: FakeTime, task: Promise<T>): Promise<T> {
  let ended = false;
  const end = () => ended = true;
  task.then(end, end);
  for (let ms = 0; !ended && ms < 600_000; ms += 100) {
    await settle(time);
    if (!ended) time.tick(100);
  }
  if (!ended) throw new Error("A task did not end within ten minutes of fake time");
  return await task;
}
