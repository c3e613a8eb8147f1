import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { backoffMs, jittered } from "../../mod/pure/backoff.ts";

const backoff = { baseMs: 1_000, maxMs: 10_000 };
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

Deno.test("a back-off doubles with each failure up to its most", () => {
  const highest = () => 1;
  const waits = [1, 2, 3, 4, 5, 1_000].map((attempt) => backoffMs(attempt, backoff, highest));
  assertEquals(waits, [1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
});

Deno.test("a back-off lies between half of its time and all of it", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 5_000 }), random, (attempt, drawn) => {
    const full = Math.min(10_000, 1_000 * 2 ** (attempt - 1));
    const ms = backoffMs(attempt, backoff, () => drawn);
    assert(ms >= full / 2 && ms <= full, `${ms}`);
  }));
});

Deno.test("a jittered period differs by at most a tenth", () => {
  assertEquals([0, 0.5].map((drawn) => jittered(600_000, () => drawn)), [540_000, 600_000]);
  fc.assert(fc.property(fc.integer({ min: 10, max: 1e9 }), random, (period, drawn) => {
    const ms = jittered(period, () => drawn);
    assert(ms >= Math.floor(period * 0.9) && ms <= Math.ceil(period * 1.1), `${ms}`);
  }));
});
