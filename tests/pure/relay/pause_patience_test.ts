import { assertEquals } from "@std/assert";
import { isWaitedFor } from "../../../mod/pure/relay/pause_patience.ts";

Deno.test("a pause is waited for up to half a minute where the host says how long it is", () => {
  const told = (leftMs: number, spentMs?: number) => isWaitedFor({ leftMs, isTold: true }, spentMs);
  assertEquals([told(0), told(1_000), told(30_000), told(30_001)], [true, true, true, false]);
  assertEquals([told(10_000, 20_000), told(10_001, 20_000)], [true, false]);
});

Deno.test("a host that does not say how long is given two pauses, of a second and of two", () => {
  const untold = (leftMs: number, spentMs: number) =>
    isWaitedFor({ leftMs, isTold: false }, spentMs);
  assertEquals([untold(1_000, 0), untold(2_000, 1_000), untold(4_000, 3_000)], [true, true, false]);
  assertEquals(untold(4_000, 0), false, "others have waited before");
});
