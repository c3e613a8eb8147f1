import { assertEquals, assertRejects } from "@std/assert";
import { abortable } from "../../mod/async/abortable.ts";

Deno.test("work that ends gives its result, or its error", async () => {
  const { signal } = new AbortController();
  assertEquals(await abortable(Promise.resolve("done"), signal), "done");
  const failing = Promise.reject(new TypeError("refused"));
  await assertRejects(() => abortable(failing, signal), TypeError, "refused");
});

Deno.test("a promise that never settles is given up when the signal aborts", async () => {
  const stop = new AbortController();
  const waiting = abortable(new Promise(() => {}), stop.signal);
  stop.abort(new Error("enough"));
  await assertRejects(() => waiting, Error, "enough");
  await assertRejects(() => abortable(new Promise(() => {}), stop.signal), Error, "enough");
});

Deno.test("a signal that has aborted counts more than a result", async () => {
  const signal = AbortSignal.abort(new Error("enough"));
  await assertRejects(() => abortable(Promise.resolve("done"), signal), Error, "enough");
});

Deno.test("work that fails after the abort disturbs nobody", async () => {
  const stop = new AbortController();
  const work = Promise.withResolvers<never>();
  const waiting = abortable(work.promise, stop.signal);
  stop.abort(new Error("enough"));
  await assertRejects(() => waiting, Error, "enough");
  work.reject(new TypeError("too late")); // unhandled, it would fail this test
  await new Promise((resolve) => setTimeout(resolve, 0));
});
