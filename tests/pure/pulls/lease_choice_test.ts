import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { chooseLease, type Lease } from "../../../mod/pure/pulls/lease_choice.ts";

const NOON = Date.parse("2026-11-26T12:00:00Z");
const ours = leaseMade(NOON + 145.525, "ours");
const window = { from: NOON + 130, until: NOON + 160, isMade: false };

Deno.test("the one lease that was made between the start of ctr and its first request is chosen", () => {
  const earlier = leaseMade(NOON + 129, "befo");
  const later = leaseMade(NOON + 161, "late");
  assertEquals(chooseLease([earlier, ours, later], window), ours);
});

Deno.test("both ends of the window belong to it", () => {
  for (const at of [NOON + 130, NOON + 160.999]) {
    const lease = leaseMade(at, "edge");
    assertEquals(chooseLease([lease], window), lease, `${at - NOON}`);
  }
});

Deno.test("none is chosen where nothing was made in the window", () => {
  assertEquals(chooseLease([], window), undefined);
  assertEquals(chooseLease([leaseMade(NOON + 129.999, "befo")], window), undefined);
  assertEquals(chooseLease([leaseMade(NOON + 161, "late")], window), undefined);
});

Deno.test("none is chosen where kubelet may have made one in the window too", () => {
  assertEquals(chooseLease([ours, leaseMade(NOON + 150, "cri1")], window), undefined);
  // Its second cannot be told: written down in the next one, it was made beside ours.
  const slow = { ...leaseMade(NOON + 150, "cri2"), createdAt: NOON + 1000 };
  assertEquals(chooseLease([ours, slow], window), undefined);
  assertEquals(chooseLease([slow], window), undefined);
});

Deno.test("the only one that may have been made in the window is ours where ours is known to be there", () => {
  const known = { ...window, isMade: true };
  const slow = { ...ours, createdAt: NOON + 1000 };
  assertEquals(chooseLease([slow], known), slow);
  assertEquals(chooseLease([slow, leaseMade(NOON + 150, "cri1")], known), undefined);
  assertEquals(chooseLease([leaseMade(NOON + 161, "late")], known), undefined);
});

Deno.test("never is one chosen that was made outside, nor one of two", () => {
  const leases = fc.array(
    // In µs around the window, with how long the daemon took to write it down.
    fc.record({ at: fc.integer({ min: -3e6, max: 3e6 }), late: fc.integer({ min: 0, max: 5e5 }) }),
    { maxLength: 6 },
  );
  const span = fc.tuple(fc.integer({ min: -1500, max: 1500 }), fc.integer({ min: 0, max: 2000 }));
  const known = fc.record({ isMade: fc.boolean(), lateMs: fc.integer({ min: 0, max: 500 }) });
  fc.assert(
    fc.property(leases, span, known, (drawn, [fromMs, lengthMs], { isMade, lateMs }) => {
      const window = { from: NOON + fromMs, until: NOON + fromMs + lengthMs, isMade };
      const isInside = (at: number) => at >= fromMs * 1000 && at < (fromMs + lengthMs + 1) * 1000;
      // Ours, in the middle, is there as long as its ctr is.
      const all = [{ at: (fromMs + lengthMs / 2) * 1000, late: lateMs * 1000 }, ...drawn];
      const made = all.map(({ at, late }, n) => leaseMade(NOON + at / 1000, `${n}`, late / 1000));
      const chosen = chooseLease(made, window);
      const inside = made.filter((_, n) => isInside(all[n]?.at ?? NaN));
      if (inside.length > 1) assertEquals(chosen, undefined);
      if (chosen !== undefined) assertEquals(inside, [chosen]);
      if (drawn.length === 0 && (isMade || lateMs === 0)) assert(chosen !== undefined);
    }),
    { numRuns: 2000 },
  );
});

/** As containerd lists a lease whose id was made at `at` (ms) and which was written down later. */
function leaseMade(at: number, name: string, writtenMs = 0): Lease {
  const nanosecond = Math.floor((at - Math.floor(at / 1000) * 1000) * 1e6);
  return { id: `${nanosecond}-${name}`, createdAt: Math.floor((at + writtenMs) / 1000) * 1000 };
}
