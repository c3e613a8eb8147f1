import { assert, assertEquals, assertRejects } from "@std/assert";
import { delay } from "../../mod/async/delay.ts";
import { TaskGroup } from "../../mod/async/task_group.ts";

Deno.test("tasks of a group end with its signal, those that were started later too", async () => {
  const stop = new AbortController();
  const group = new TaskGroup(stop.signal);
  const ended: string[] = [];
  const task = (name: string) => async (signal: AbortSignal) => {
    await delay(60_000, { signal }).catch(() => {});
    ended.push(name);
  };
  group.start(task("first"));
  const all = group.ended();
  group.start(task("second"));
  stop.abort();
  await all;
  assertEquals(ended, ["first", "second"]);
});

Deno.test("a task that is stopped has ended afterwards, and the others go on", async () => {
  const stop = new AbortController();
  const group = new TaskGroup(stop.signal);
  const signals: AbortSignal[] = [];
  const wait = async (signal: AbortSignal) => {
    signals.push(signal);
    await delay(60_000, { signal });
  };
  const first = group.start(wait);
  group.start(wait);
  await first.stop();
  assertEquals(signals.map(({ aborted }) => aborted), [true, false]);
  stop.abort();
  await group.ended();
});

Deno.test("what one task throws ends all, and is thrown by the group", async () => {
  const group = new TaskGroup(new AbortController().signal);
  let wasAborted = false;
  group.start(async (signal) => {
    await delay(60_000, { signal }).catch(() => {
      wasAborted = signal.aborted;
    });
  });
  group.start(() => Promise.reject(new Error("broken")));
  await assertRejects(() => group.ended(), Error, "broken");
  assert(wasAborted);
});
