import { assert, assertEquals, assertRejects } from "@std/assert";
import { Turns } from "../../mod/async/turns.ts";

Deno.test("long work lets others have their turn", async () => {
  let others = 0;
  const timer = setInterval(() => others++, 1);
  const { signal } = new AbortController();
  const turns = new Turns(() => performance.now());
  let longest = 0;
  let from = performance.now();
  while (others < 3) {
    const held = performance.now() - from;
    const before = others;
    await turns.next(signal);
    if (others !== before) from = performance.now();
    longest = Math.max(longest, held);
    assert(held < 5_000, "nobody else had a turn");
  }
  clearInterval(timer);
  assert(longest >= 10, "work is not cut into tiny pieces");
});

Deno.test("work that is no longer wanted ends at its next turn", async () => {
  const turns = new Turns(() => 0);
  await assertRejects(() => turns.next(AbortSignal.abort(new Error("over"))), Error, "over");
  assertEquals(turns.isOver, false);
});
