import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { Wake } from "../../mod/async/wake.ts";
import { advance } from "../harness/fakes/fake_time.ts";

const { signal } = new AbortController();

/** Notes when and with what a wait ends. */
function noted(waiting: Promise<readonly string[]>): { at?: number; causes?: readonly string[] } {
  const note: { at?: number; causes?: readonly string[] } = {};
  waiting.then((causes) => Object.assign(note, { at: Date.now(), causes }));
  return note;
}

Deno.test("a cause that came before the wait ends it at once", async () => {
  using time = new FakeTime(0);
  const wake = new Wake();
  wake.call("early");
  const note = noted(wake.next({ signal, idleMs: 1_000 }));
  await advance(time, 0);
  assertEquals(note, { at: 0, causes: ["early"] });
});

Deno.test("a cause is told once however often it was called, and once in all", async () => {
  using time = new FakeTime(0);
  const wake = new Wake();
  for (const cause of ["a", "b", "a"]) wake.call(cause);
  assertEquals(await wake.next({ signal, idleMs: 0 }), ["a", "b"]);
  const note = noted(wake.next({ signal, idleMs: 100 }));
  await advance(time, 200);
  assertEquals(note, { at: 100, causes: [] });
});

Deno.test("a wait for quiet begins again with each call, and has an end", async () => {
  using time = new FakeTime(0);
  const wake = new Wake();
  const once = noted(wake.next({ signal, idleMs: 9_000, quietMs: 200, maxMs: 1_000 }));
  wake.call("a");
  await advance(time, 150);
  wake.call("b");
  await advance(time, 400);
  assertEquals(once, { at: 350, causes: ["a", "b"] });
  const always = noted(wake.next({ signal, idleMs: 9_000, quietMs: 200, maxMs: 1_000 }));
  for (let i = 0; i < 40; i++) {
    wake.call("again");
    await advance(time, 50);
  }
  assertEquals(always.at, 550 + 1_000);
});

Deno.test("a stop ends every wait at once", async () => {
  using time = new FakeTime(0);
  const stop = new AbortController();
  const wake = new Wake();
  const idle = noted(wake.next({ signal: stop.signal, idleMs: 9_000 }));
  await advance(time, 50);
  stop.abort();
  await advance(time, 0);
  assertEquals(idle, { at: 50, causes: [] });
  assertEquals(await wake.next({ signal: stop.signal, idleMs: 9_000 }), []);
});
