import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Moment } from "../../../mod/pure/moment.ts";
import { PULL_SCHEDULE } from "../../../mod/pure/pulls/pull_schedule.ts";
import { Removals } from "../../../mod/pure/pulls/removals.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const APP = "reg.lab/app:1";
const at = (ms: number): Moment => ({ wallMs: 1e12 + ms, monotonicMs: ms });
const removals = (random = 0.5) => new Removals(PULL_SCHEDULE.removed, () => random);

/** Minutes until it may come back, after each of `times` removals; it comes back when it may. */
function waits(times: number, given = removals()): number[] {
  const minutes: number[] = [];
  let now = 0;
  for (let time = 0; time < times; time++) {
    given.gone(APP, at(now));
    const until = given.until(APP) ?? NaN;
    minutes.push((until - now) / MINUTE);
    now = until + MINUTE;
    given.returned(APP, at(now));
    now += MINUTE;
  }
  return minutes;
}

Deno.test("an image comes back at once the first time, then later each time, up to a day", () => {
  assertEquals(waits(11), [0, 10, 20, 40, 80, 160, 320, 640, 1_280, 1_440, 1_440]);
});

Deno.test("nodes whose disks are full alike do not fetch it back in the same second", () => {
  assertEquals([waits(2, removals(0)), waits(2, removals(0.999))].flat().map(Math.round), [
    ...[0, 9],
    ...[0, 11],
  ]);
});

Deno.test("a day in which it is left alone is forgiven, and no shorter time", () => {
  const given = removals();
  const timesAfter = (peaceMs: number) => {
    let now = 0;
    for (let time = 0; time < 3; time++) given.gone(APP, at(now));
    now = (given.until(APP) ?? NaN) + 5 * MINUTE;
    given.returned(APP, at(now));
    given.gone(APP, at(now + peaceMs));
    return (given.until(APP) ?? NaN) - now - peaceMs;
  };
  assertEquals(timesAfter(DAY), 0);
  const other = timesAfter(DAY - 1);
  assert(other >= 40 * MINUTE, `${other}`);
});

Deno.test("a pause of a day is no day of peace", () => {
  const minutes = waits(14);
  assertEquals(new Set(minutes.slice(9)), new Set([1_440]));
});

Deno.test("it is not forgiven for being unwanted in between", () => {
  const given = removals();
  given.gone(APP, at(0));
  given.unwanted(APP, at(1));
  given.gone(APP, at(2));
  assertEquals(given.until(APP), 2 + 10 * MINUTE);
});

Deno.test("the reason names how often, by whom most likely, and until when; no longer than it holds", () => {
  const given = removals();
  given.gone(APP, at(0));
  assertEquals(given.reason(APP, 0), undefined);
  given.gone(APP, at(0));
  const reason = given.reason(APP, 0) ?? "";
  assertStringIncludes(reason, "removed from this node 2 times");
  assertStringIncludes(reason, "garbage collection");
  assertStringIncludes(reason, new Date(1e12 + 10 * MINUTE).toISOString());
  assertEquals(given.reason(APP, 10 * MINUTE), undefined);
});

/** Removals of five images that were there, after a restart that `gone` of them did not survive. */
function restarted(gone: number): { given: Removals; images: string[] } {
  const given = removals();
  const images = Array.from({ length: 5 }, (_, index) => `reg.lab/app${index}:1`);
  for (const image of images) given.gone(image, at(0)); // the second time counts
  given.restarted(images);
  for (const [index, image] of images.entries()) {
    if (index < gone) given.gone(image, at(1));
    else given.stays(image, at(1));
  }
  return { given, images };
}

Deno.test("a runtime that starts again with an empty store is a new node", () => {
  const { given, images } = restarted(5);
  assertEquals(images.map((image) => given.reason(image, 1)), images.map(() => undefined));
  assertEquals(restarted(3).given.reason("reg.lab/app0:1", 1), undefined);
});

Deno.test("what is gone after a restart that most images have survived was removed", () => {
  const { given, images } = restarted(2);
  const paused = images.filter((image) => given.reason(image, 1) !== undefined);
  assertEquals(paused, images.slice(0, 2));
});

Deno.test("a second restart before all was checked does not change what an empty store means", () => {
  const given = removals();
  const images = ["a", "b", "c", "d"];
  for (const image of images) given.gone(image, at(0));
  given.restarted(images);
  for (const image of ["a", "b"]) given.gone(image, at(1));
  given.restarted(["c", "d"]);
  given.gone("c", at(2));
  given.unwanted("d", at(2));
  assertEquals(images.map((image) => given.reason(image, 2)), images.map(() => undefined));
});
