import { assert, assertEquals } from "@std/assert";
import { TagRefreshes } from "../../../mod/pure/pulls/tag_refreshes.ts";

const HOUR = 3_600_000;
const RETRY = { baseMs: 600_000, maxMs: HOUR };

function following(count: number, everyMs: number | undefined, random = Math.random) {
  const refreshes = new TagRefreshes({ everyMs, retry: RETRY, random });
  const tags = Array.from({ length: count }, (_, index) => `reg.lab/app:${index}`);
  refreshes.follow(new Set(tags), 0);
  return { refreshes, tags };
}

Deno.test("a fleet that starts in the same second asks all over the period", () => {
  const times = Array.from({ length: 6_000 }, () => {
    const { refreshes, tags } = following(1, 6 * HOUR);
    return refreshes.dueAt(tags[0] ?? "") ?? NaN;
  });
  const perMinute = Map.groupBy(times, (at) => Math.floor(at / 60_000));
  const busiest = Math.max(...[...perMinute.values()].map((each) => each.length));
  assert(busiest < 50, `${busiest} of 6000 nodes in one minute`); // 17 on average
  assert(times.every((at) => at >= 0 && at < 6 * HOUR));
});

Deno.test("a fleet that pulls at the same time asks all over the period as well", () => {
  const due = (random: number) => {
    const { refreshes } = following(1, 6 * HOUR, () => random);
    refreshes.pulled("reg.lab/app:0", 0);
    return refreshes.dueAt("reg.lab/app:0");
  };
  assertEquals([due(0), due(0.5)], [3 * HOUR, 6 * HOUR]);
});

Deno.test("tags that are all overdue are asked about one after the other", () => {
  for (const [everyMs, gapMs] of [[10 * HOUR, 60_000], [100_000, 5_000]] as const) {
    const { refreshes, tags } = following(10, everyMs);
    const begun = 100 * HOUR;
    refreshes.begun(begun);
    assertEquals(new Set(tags.map((tag) => refreshes.dueAt(tag))), new Set([begun + gapMs]));
  }
});

Deno.test("a tag is asked about again after the period, or sooner when it could not be", () => {
  const { refreshes } = following(1, 6 * HOUR, () => 0.5);
  const dueIn = () => (refreshes.dueAt("reg.lab/app:0") ?? NaN) - 1_000;
  refreshes.answered("reg.lab/app:0", 1_000);
  assertEquals(dueIn(), 6 * HOUR);
  refreshes.failed("reg.lab/app:0", 1_000);
  assertEquals(dueIn(), 450_000);
  refreshes.failed("reg.lab/app:0", 1_000);
  assertEquals(dueIn(), 900_000);
  refreshes.answered("reg.lab/app:0", 1_000);
  assertEquals(dueIn(), 6 * HOUR);
});

Deno.test("a short period is never exceeded by the wait after a failure", () => {
  const { refreshes } = following(1, 60_000, () => 0.5);
  refreshes.failed("reg.lab/app:0", 0);
  assertEquals(refreshes.dueAt("reg.lab/app:0"), 60_000);
});

Deno.test("switched off, or no longer wanted, a tag is never asked about", () => {
  assertEquals(following(1, undefined).refreshes.dueAt("reg.lab/app:0"), undefined);
  const { refreshes } = following(2, HOUR);
  refreshes.follow(new Set(["reg.lab/app:1"]), 0);
  assertEquals(refreshes.dueAt("reg.lab/app:0"), undefined);
  refreshes.answered("reg.lab/app:0", 0);
  assertEquals(refreshes.dueAt("reg.lab/app:0"), undefined);
});
