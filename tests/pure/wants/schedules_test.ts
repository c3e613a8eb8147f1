import { assert, assertEquals } from "@std/assert";
import { desiredState } from "../../../mod/pure/bucket/desired_state.ts";
import { wantedKey, whyKey } from "../../../mod/pure/bucket/state_keys.ts";
import { LOWEST_PRIORITY } from "../../../mod/pure/wants/asked.ts";
import type { WantedSet } from "../../../mod/pure/wants/wanted_set.ts";
import type { WantsRules } from "../../../mod/pure/wants/wants_fold.ts";
import { ownedBy, podOf, specOf } from "./cluster_objects.ts";
import { Passes, wantsOf } from "./folding.ts";

type Raw = Record<string, unknown>;

const A = "docker.io/library/a:1";
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Passes in a minute. */
const PASSES = 2;
const at = (time: string) => Date.parse(`2026-11-26T${time}Z`);

function cronJob(schedule: string, rest: Raw = {}, name = "report", images = ["a:1"]): Raw {
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name, namespace: "shop" },
    spec: { schedule, jobTemplate: { spec: { template: { spec: specOf(images) } } }, ...rest },
  };
}

function jobOf(owner: Raw, name: string, images = ["a:1"]): Raw {
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name, namespace: "shop", ...ownedBy(owner) },
    spec: { template: { spec: specOf(images) } },
  };
}

function fold(objects: readonly Raw[], time: string, rules: Partial<WantsRules> = {}): WantedSet {
  return new Passes(rules).pass(objects, 0, at(time));
}

function neededBy(objects: readonly Raw[], time: string): string | undefined {
  return fold(objects, time).images.get(A)?.neededBy;
}

/** How often each key would be written by passes over what `objects` gives, from one on. */
function writesOf(
  objects: (wallMs: number) => readonly Raw[],
  { hours }: { hours: number },
): Map<string, number> {
  const passes = new Passes();
  const held = new Map<string, string>();
  const writes = new Map<string, number>();
  const meta = { v: 1, source: "kubernetes", writer: "c", since: "" } as const;
  for (let now = at("00:00:00"); now < at("00:00:00") + hours * HOUR; now += 60_000 / PASSES) {
    const set = passes.pass(objects(now), now, now);
    const { values } = desiredState({ set, nodes: [], meta, sizes: new Map() });
    for (const [key, value] of values) {
      if (held.get(key) !== value) writes.set(key, (writes.get(key) ?? 0) + 1);
      held.set(key, value);
    }
  }
  return writes;
}

Deno.test("the images of a CronJob are needed by its next run, in its time zone", () => {
  assertEquals(neededBy([cronJob("0 1 * * *")], "20:10:00"), "2026-11-27T01:00:00.000Z");
  const tokyo = { timeZone: "Asia/Tokyo" };
  assertEquals(neededBy([cronJob("0 9 * * *", tokyo)], "20:10:00"), "2026-11-27T00:00:00.000Z");
  assertEquals(neededBy([cronJob("30 20 * * *")], "20:10:00"), "2026-11-26T20:30:00.000Z");
});

Deno.test("the next run is told with the reason", () => {
  const [reason] = fold([cronJob("0 1 * * *")], "20:10:00").images.get(A)?.reasons ?? [];
  assertEquals(reason, {
    kind: "CronJob",
    namespace: "shop",
    name: "report",
    next: "2026-11-27T01:00:00.000Z",
  });
});

Deno.test("a run is never needed in the past: pods that wait come first", () => {
  for (const schedule of ["* * * * *", "*/7 * * * *", "0,30 * * * *", "5 20 * * *"]) {
    for (const time of ["20:00:00", "20:04:59", "20:05:01", "20:31:00", "20:59:59"]) {
      const needed = neededBy([cronJob(schedule)], time) ?? "";
      assert(Date.parse(needed) >= at(time), `${schedule} at ${time}: ${needed}`);
    }
  }
});

Deno.test("of several CronJobs the soonest counts", () => {
  const objects = [cronJob("0 1 * * *"), cronJob("0 22 * * *", {}, "backup")];
  assertEquals(neededBy(objects, "20:10:00"), "2026-11-26T22:00:00.000Z");
});

Deno.test("@every counts from when the CronJob was made", () => {
  const job = cronJob("@every 7h");
  const made = {
    ...job,
    metadata: { ...job["metadata"] as Raw, creationTimestamp: "2026-11-26T15:25:00Z" },
  };
  assertEquals(neededBy([made], "20:10:00"), "2026-11-26T22:25:00.000Z");
});

Deno.test("a run that lies beyond all dates is none", () => {
  const job = cronJob("@every 2562047h");
  const metadata = { ...job["metadata"] as Raw, creationTimestamp: "+275760-01-01T00:00:00Z" };
  const { images } = new Passes().pass([{ ...job, metadata }]);
  assertEquals([...images.values()].map(({ neededBy }) => neededBy), [undefined]);
});

Deno.test("however often a CronJob runs, its images are written at most once an hour", () => {
  const writes = writesOf(() => [cronJob("* * * * *")], { hours: 4 });
  assertHourly(writes, 4);
});

Deno.test("however many CronJobs share an image, it is written at most once an hour", () => {
  const jobs = Array.from(
    { length: 12 },
    (_, index) => cronJob(`${5 * index + 1} * * * *`, {}, `report-${index}`),
  );
  const writes = writesOf(() => jobs, { hours: 3 });
  assertHourly(writes, 3);
});

/** One write more than hours: the first. */
function assertHourly(writes: ReadonlyMap<string, number>, hours: number): void {
  for (const key of [wantedKey(A), whyKey(A)]) {
    const count = writes.get(key) ?? 0;
    assert(count >= hours && count <= hours + 1, `${key}: ${count} times in ${hours} hours`);
  }
}

for (const images of [["a:1"], ["a:1", "mesh/proxy:1"]]) {
  Deno.test(`Jobs and pods of ${images} that come and go with each run change nothing`, () => {
    const cron = cronJob("* * * * *");
    const metadata = { name: "shop", labels: { "warm-images/private": "bytes" } };
    const space = { apiVersion: "v1", kind: "Namespace", metadata };
    const writes = writesOf((now) => {
      const second = now % MINUTE / 1000;
      if (second >= 30) return [space, cron];
      const job = jobOf(cron, `report-${Math.floor(now / MINUTE)}`);
      const pod = podOf(job, `report-${Math.floor(now / MINUTE)}-x`, images, {
        phase: now % HOUR < HOUR / 2 ? "Pending" : "Running",
        createdAt: new Date(now - second * 1000).toISOString(),
        spec: { imagePullSecrets: [{ name: "of-the-account" }] },
      });
      return [space, cron, job, pod];
    }, { hours: 3 });
    for (const [key, count] of writes) {
      assert(count <= 4, `${key} was written ${count} times in three hours`);
    }
    assertHourly(writes, 3);
  });
}

Deno.test("a pod of a CronJob that has waited for a minute waits for its images", () => {
  const cron = cronJob("0 20 * * *");
  const job = jobOf(cron, "report-1");
  const pod = podOf(job, "report-1-x", ["a:1"], {
    phase: "Pending",
    createdAt: "2026-11-26T20:00:01Z",
  });
  assertEquals(neededBy([cron, job, pod], "20:00:30"), "2026-11-27T20:00:00.000Z");
  assertEquals(neededBy([cron, job, pod], "20:01:02"), "2026-11-26T20:00:01.000Z");
});

Deno.test("what a suspended CronJob asks for comes last, and is needed by no time", () => {
  const image = fold([cronJob("0 1 * * *", { suspend: true })], "20:10:00").images.get(A);
  assertEquals([image?.priority, image?.neededBy], [LOWEST_PRIORITY, undefined]);
  assertEquals(image?.reasons[0]?.next, undefined);
});

Deno.test("with a lead, images are wanted from so long before a run until its hour is over", () => {
  const isWanted = (schedule: string, time: string, rest: Raw = {}) =>
    fold([cronJob(schedule, rest)], time, { cronLeadMs: 30 * MINUTE }).images.has(A);
  assertEquals(isWanted("10 22 * * *", "21:39:00"), false);
  assertEquals(isWanted("10 22 * * *", "21:40:00"), true);
  assertEquals(isWanted("10 22 * * *", "22:59:00"), true);
  assertEquals(isWanted("10 22 * * *", "23:00:00"), false);
  assertEquals(isWanted("*/40 * * * *", "21:03:00"), true);
  assertEquals(isWanted("10 22 * * *", "22:00:00", { suspend: true }), false);
});

Deno.test("far from a run, what still runs of the last one is wanted", () => {
  const cron = cronJob("10 2 * * *");
  const job = jobOf(cron, "report-1");
  const pod = podOf(job, "report-1-x", ["a:1", "mesh/proxy:1"]);
  const rules = { cronLeadMs: 30 * MINUTE };
  assertEquals(fold([cron], "12:00:00", rules).images.size, 0);
  assertEquals(fold([cron, job], "12:00:00", rules).images.size, 1);
  assertEquals(fold([cron, job, pod], "12:00:00", rules).images.size, 2);
});

Deno.test("a schedule that cannot be read is a fault, and its images are wanted always", () => {
  const set = fold([cronJob("0 25 * * *")], "20:10:00", { cronLeadMs: MINUTE });
  assertEquals(wantsOf(set), ["a:1"]);
  assertEquals(set.faults, [{
    kind: "CronJob",
    namespace: "shop",
    name: "report",
    field: "spec.schedule",
    value: "0 25 * * *",
    why: "Invalid value for hour: 25",
  }]);
});

Deno.test("a CronWorkflow's images are needed by the soonest of its runs", () => {
  const workflowSpec = { templates: [{ name: "main", container: { image: "a:1" } }] };
  const workflow = (spec: Raw): Raw => ({
    apiVersion: "argoproj.io/v1alpha1",
    kind: "CronWorkflow",
    metadata: { name: "report", namespace: "shop" },
    spec: { workflowSpec, ...spec },
  });
  const schedules = ["0 1 * * *", "30 22 * * *"];
  assertEquals(neededBy([workflow({ schedules })], "20:10:00"), "2026-11-26T22:30:00.000Z");
  const tokyo = { schedule: "0 9 * * *", timezone: "Asia/Tokyo" };
  assertEquals(neededBy([workflow(tokyo)], "20:10:00"), "2026-11-27T00:00:00.000Z");
  const unreadable = fold([workflow({ schedule: "soon" })], "20:10:00", { cronLeadMs: MINUTE });
  assertEquals(wantsOf(unreadable), ["a:1"]);
  assertEquals(unreadable.faults.map(({ field, value }) => [field, value]), [
    ["spec.schedule", "soon"],
  ]);
});
