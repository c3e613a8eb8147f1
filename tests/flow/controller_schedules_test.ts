import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { wantedKey } from "../../mod/pure/bucket/state_keys.ts";
import { SAMPLE_RULES, sampleWorkload } from "../harness/fakes/sample_values.ts";
import { scriptedSource } from "../harness/fakes/scripted_source.ts";
import { startController } from "../harness/fakes/test_controller.ts";

const APP = "reg.lab/app:1";
const MINUTE = 60_000;

/** A source with one CronJob. */
function sourceWith(cron: string) {
  const source = scriptedSource();
  const schedule = { cron: [cron], suspended: false };
  source.put(sampleWorkload("report", [APP], { kind: "CronJob", schedule }));
  return source;
}

Deno.test("an image is written when the time before its run comes, though nothing else happens", async () => {
  using time = new FakeTime("2026-01-01T00:20:00Z");
  const source = sourceWith("0 1 * * *");
  const rules = { ...SAMPLE_RULES, cronLeadMs: 30 * MINUTE };
  await using controller = await startController(time, { source, rules });
  await controller.advance(9 * MINUTE);
  assertEquals(controller.wanted(APP), undefined);
  await controller.advance(2 * MINUTE);
  assertEquals(controller.wanted(APP)?.neededBy, "2026-01-01T01:00:00.000Z");
});

Deno.test("an image goes after the hour of its run and the time to forget", async () => {
  using time = new FakeTime("2026-01-01T00:50:00Z");
  const source = sourceWith("0 1 * * *");
  const rules = { ...SAMPLE_RULES, cronLeadMs: 30 * MINUTE };
  const forgetAfterMs = 5 * MINUTE;
  await using controller = await startController(time, { source, rules, forgetAfterMs });
  await controller.advance(69 * MINUTE);
  assertEquals(controller.wanted(APP)?.reference, APP);
  await controller.advance(8 * MINUTE);
  assertEquals(controller.wanted(APP), undefined);
});

Deno.test("a CronJob that runs each minute has its image written once an hour", async () => {
  using time = new FakeTime("2026-01-01T00:20:00Z");
  await using controller = await startController(time, { source: sourceWith("* * * * *") });
  await controller.advance(10 * MINUTE);
  controller.writes.splice(0);
  await controller.advance(120 * MINUTE);
  const written = controller.writes.filter(({ key }) => key === wantedKey(APP));
  assertEquals(written.map(({ at }) => new Date(at).toISOString().slice(11, 13)), ["01", "02"]);
});
