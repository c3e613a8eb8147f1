import { assertEquals } from "@std/assert";
import { scheduleOf } from "../../../mod/pure/objects/schedule_of.ts";

Deno.test("a CronJob says when, in which time zone, and whether it is suspended", () => {
  const spec = { schedule: "0 1 * * *", timeZone: "Europe/Berlin", suspend: true };
  assertEquals(scheduleOf(spec, "2026-01-01T00:00:00Z"), {
    schedule: { cron: ["0 1 * * *"], timeZone: "Europe/Berlin", suspended: true },
    faults: [],
  });
});

Deno.test("a CronWorkflow may have several schedules", () => {
  const spec = { schedules: ["0 1 * * *", "@hourly"], timezone: "Asia/Tokyo" };
  assertEquals(scheduleOf(spec, undefined), {
    schedule: { cron: ["0 1 * * *", "@hourly"], timeZone: "Asia/Tokyo", suspended: false },
    faults: [],
  });
});

Deno.test("Local, as Argo and Spark take it, is the time zone of the cluster's controllers", () => {
  const spec = { schedule: "@daily", timezone: "Local" };
  assertEquals(scheduleOf(spec, undefined), {
    schedule: { cron: ["@daily"], suspended: false },
    faults: [],
  });
});

Deno.test("what repeats does so from when it was made", () => {
  const { schedule } = scheduleOf({ schedule: "@every 2h" }, "2026-01-01T00:20:00Z");
  assertEquals(schedule?.since, "2026-01-01T00:20:00Z");
});

Deno.test("what cannot be read is named by its field, and there is no schedule then", () => {
  assertEquals(scheduleOf({ schedule: "0 25 * * *" }, undefined), {
    faults: [{ field: "spec.schedule", value: "0 25 * * *", why: "Invalid value for hour: 25" }],
  });
  assertEquals(scheduleOf({ schedule: "@daily", timeZone: "Mars/Base" }, undefined), {
    faults: [{ field: "spec.timeZone", value: "Mars/Base", why: "it is no time zone" }],
  });
  assertEquals(scheduleOf({ schedules: ["@daily", "soon"] }, undefined).faults, [
    { field: "spec.schedules[1]", value: "soon", why: "it has not five fields" },
  ]);
  assertEquals(scheduleOf({ schedules: ["@daily"], timezone: "Mars/Base" }, undefined).faults, [
    { field: "spec.timezone", value: "Mars/Base", why: "it is no time zone" },
  ]);
});

Deno.test("faults stay small whatever an object holds", () => {
  const long = "x".repeat(100_000);
  for (const spec of [{ schedule: `0 0 * * ${long}` }, { schedule: "@daily", timeZone: long }]) {
    const { faults } = scheduleOf(spec, undefined);
    assertEquals(faults.length, 1);
    assertEquals(JSON.stringify(faults).length < 500, true);
  }
  assertEquals(
    JSON.stringify(scheduleOf({ schedule: `TZ=${long} @daily` }, "")).length < 500,
    true,
  );
});

Deno.test("without a schedule there is none, and no fault", () => {
  assertEquals(scheduleOf({}, undefined), { faults: [] });
});
