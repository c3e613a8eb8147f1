import { assertEquals } from "@std/assert";
import { onAbort } from "../../mod/async/on_abort.ts";

Deno.test("an abort is told once", () => {
  const stop = new AbortController();
  let calls = 0;
  using _listener = onAbort(stop.signal, () => calls++);
  assertEquals(calls, 0);
  stop.abort();
  stop.abort();
  assertEquals(calls, 1);
});

Deno.test("an abort that came before is told at once", () => {
  let calls = 0;
  using _listener = onAbort(AbortSignal.abort(), () => calls++);
  assertEquals(calls, 1);
});

Deno.test("nothing is told after disposal", () => {
  const stop = new AbortController();
  let calls = 0;
  onAbort(stop.signal, () => calls++)[Symbol.dispose]();
  stop.abort();
  assertEquals(calls, 0);
});
