import { assertEquals } from "@std/assert";
import { RoomMemory } from "../../../mod/pure/room/room_memory.ts";
import type { PullNeed } from "../../../mod/pure/room/room.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const APP = "reg.lab/app:1";
const NEED: PullNeed = {
  contentBytes: 1,
  contentInodes: 1,
  snapshotBytes: 1,
  snapshotInodes: 1,
  diskBytes: 2,
  images: 1,
};
const memory = () => new RoomMemory(() => 1); // no jitter

Deno.test("pauses of an image that was ended double to a day, and start over after a day in peace", () => {
  const known = memory();
  const pauses: number[] = [];
  let now = 0;
  for (let times = 0; times < 10; times++) {
    known.ended(APP, now);
    pauses.push((known.pausedUntil(APP) - now) / MINUTE);
    now = known.pausedUntil(APP) + HOUR;
  }
  assertEquals(pauses, [10, 20, 40, 80, 160, 320, 640, 1280, 1440, 1440]);
  now = known.pausedUntil(APP) + 24 * HOUR;
  known.ended(APP, now);
  assertEquals(known.pausedUntil(APP) - now, 10 * MINUTE);
});

Deno.test("each end makes an image seem larger, up to five times", () => {
  const known = memory();
  const factors = [known.caution(APP, 0)];
  for (let times = 0; times < 6; times++) {
    known.ended(APP, times);
    factors.push(known.caution(APP, times));
  }
  assertEquals(factors, [1, 1.5, 2.25, 3.375, 5.0625, 5.0625, 5.0625]);
});

Deno.test("that it seems larger outlasts a day in peace, and is forgotten step by step, a week each", () => {
  const known = memory();
  for (const day of [0, 3, 6]) known.ended(APP, day * 24 * HOUR);
  const factorOn = (day: number) => known.caution(APP, day * 24 * HOUR);
  assertEquals([6, 12, 13, 20, 27].map(factorOn), [3.375, 3.375, 2.25, 1.5, 1]);
  known.ended(APP, 13 * 24 * HOUR);
  assertEquals([13, 20].map(factorOn), [3.375, 2.25]);
});

Deno.test("what an image needs is known for six hours, or until one of its repository has come", () => {
  const known = memory();
  known.refused(APP, NEED, 0);
  assertEquals(known.need(APP, 6 * HOUR - 1), NEED);
  assertEquals(known.need(APP, 6 * HOUR), undefined);
  known.refused(APP, NEED, 0);
  known.pulled("reg.lab/other:2");
  assertEquals(known.need(APP, 1), NEED);
  known.pulled("reg.lab/app@sha256:ab");
  assertEquals(known.need(APP, 1), undefined);
});

Deno.test("an image that nobody wants is forgotten", () => {
  const known = memory();
  known.refused(APP, NEED, 0);
  known.ended(APP, 0);
  known.keepOnly(() => false);
  assertEquals([known.need(APP, 0), known.pausedUntil(APP), known.caution(APP, 0)], [
    undefined,
    0,
    1,
  ]);
});
