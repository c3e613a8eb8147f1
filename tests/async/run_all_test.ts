import { assert, assertEquals, assertRejects } from "@std/assert";
import { delay } from "@std/async/delay";
import { runAll } from "../../mod/async/run_all.ts";

const forEver = async (signal: AbortSignal): Promise<void> => {
  await delay(60_000, { signal });
};

Deno.test("tasks that all end, end together", async () => {
  const ended: number[] = [];
  const { signal } = new AbortController();
  await runAll(signal, [1, 2].map((name) => () => Promise.resolve(void ended.push(name))));
  assertEquals(ended, [1, 2]);
});

Deno.test("a stop ends all tasks and is no error", async () => {
  const stop = new AbortController();
  const running = runAll(stop.signal, [forEver, forEver]);
  stop.abort();
  await running;
});

Deno.test("the error of one task stops the others, and is thrown when they have ended", async () => {
  let cleaned = false;
  const { signal } = new AbortController();
  const cleaning = async (signal: AbortSignal) => {
    await delay(2_000, { signal }).catch(() => {});
    cleaned = signal.aborted;
  };
  const faulty = () => Promise.reject(new TypeError("x is undefined"));
  await assertRejects(() => runAll(signal, [cleaning, faulty]), TypeError, "x is undefined");
  assert(cleaned);
});

Deno.test("an error that comes up while stopping is not lost", async () => {
  const stop = new AbortController();
  const faulty = (signal: AbortSignal) =>
    forEver(signal).catch(() => Promise.reject(new TypeError("while closing")));
  const running = runAll(stop.signal, [faulty]);
  stop.abort();
  await assertRejects(() => running, TypeError, "while closing");
});
