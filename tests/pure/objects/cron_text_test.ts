import { assert, assertEquals } from "@std/assert";
import { parseCron, runAtOrAfter } from "../../../mod/pure/objects/cron_text.ts";

/** The first runs from a time on, in UTC without seconds. */
function runs(text: string, timeZone: string | undefined, from: string, count: number): string[] {
  const parsed = parseCron(text, timeZone);
  assert("times" in parsed && "pattern" in parsed.times, text);
  const times: string[] = [];
  let fromMs = Date.parse(from);
  while (times.length < count) {
    const run = runAtOrAfter(parsed.times, fromMs);
    if (run === undefined) break;
    times.push(new Date(run).toISOString().slice(0, 16));
    fromMs = run + 60_000;
  }
  return times;
}

// What `ParseStandard` of github.com/robfig/cron v3.0.1 answers, which Kubernetes uses.
for (
  const [text, timeZone, from, ...expected] of [
    // The clock goes from 2:00 to 3:00, and later from 3:00 back to 2:00.
    ["30 2 * * *", "Europe/Berlin", "2026-03-28T12:00Z", "2026-03-30T00:30", "2026-03-31T00:30"],
    ["30 2 * * *", "Europe/Berlin", "2026-10-24T12:00Z", "2026-10-25T00:30", "2026-10-25T01:30"],
    ["*/30 * * * *", "Europe/Berlin", "2026-10-25T00:40Z", "2026-10-25T01:00", "2026-10-25T01:30"],
    // Midnight is left out there.
    ["0 0 * * *", "Africa/Cairo", "2026-04-23T12:00Z", "2026-04-24T21:00", "2026-04-25T21:00"],
    ["0 0 * * *", "Asia/Kolkata", "2026-10-03T12:00Z", "2026-10-03T18:30", "2026-10-04T18:30"],
    [
      "0 9-17/4 * * mon-FRI",
      "America/New_York",
      "2026-10-30T18:00Z",
      "2026-10-30T21:00",
      "2026-11-02T14:00",
    ],
    ["@monthly", "Europe/Berlin", "2026-10-24T12:00Z", "2026-10-31T23:00", "2026-11-30T23:00"],
    ["TZ=Asia/Tokyo 0 9 * * *", "UTC", "2026-10-24T12:00Z", "2026-10-25T00:00"],
    ["CRON_TZ=Asia/Tokyo 0 9 * * *", "UTC", "2026-10-24T12:00Z", "2026-10-25T00:00"],
    ["@weekly", undefined, "2026-10-24T12:00Z", "2026-10-25T00:00", "2026-11-01T00:00"],
    ["@hourly", undefined, "2026-10-24T12:00Z", "2026-10-24T12:00", "2026-10-24T13:00"],
    ["@yearly", undefined, "2026-10-24T12:00Z", "2027-01-01T00:00"],
    // Day of the month or of the week, unless one of them is any.
    ["5 4 1 * MON", undefined, "2026-10-24T12:00Z", "2026-10-26T04:05", "2026-11-01T04:05"],
    ["5 4 */2 * MON", undefined, "2026-10-24T12:00Z", "2026-10-25T04:05", "2026-10-26T04:05"],
    ["5 4 *,3 * MON", undefined, "2026-10-24T12:00Z", "2026-10-26T04:05", "2026-11-02T04:05"],
    ["5 4 */1 * MON", undefined, "2026-10-24T12:00Z", "2026-10-26T04:05", "2026-11-02T04:05"],
    ["5 4 ? JAN ?", undefined, "2026-10-24T12:00Z", "2027-01-01T04:05", "2027-01-02T04:05"],
    ["5/20 * * * *", undefined, "2026-10-24T12:00Z", "2026-10-24T12:05", "2026-10-24T12:25"],
    ["*/100 * * * *", undefined, "2026-10-24T12:10Z", "2026-10-24T13:00", "2026-10-24T14:00"],
    ["1,,2 * * * *", undefined, "2026-10-24T12:00Z", "2026-10-24T12:01", "2026-10-24T12:02"],
    ["0 0 * * mon/2", undefined, "2026-10-24T12:00Z", "2026-10-26T00:00", "2026-10-28T00:00"],
    ["0 0 29 2 *", undefined, "2026-10-24T12:00Z", "2028-02-29T00:00"],
  ] as const
) {
  Deno.test(`"${text}" in ${timeZone ?? "no zone"} from ${from} runs when Kubernetes runs it`, () => {
    assertEquals(runs(text, timeZone, from, expected.length), [...expected]);
  });
}

Deno.test("a day that no month has never comes", () => {
  assertEquals(runs("0 0 30 2 *", "UTC", "2026-10-24T12:00Z", 1), []);
});

for (
  const text of [
    ...["", "* * * *", "* * * * * *", "@reboot", "@Daily", "@every x", "@every", "TZ=UTC"],
    ...["0 0 * * 7", "0 0 L * *", "0 24 * * *", "60 0 * * *", "0 0 0 * *", "0 0 * * 5-1"],
    ...["*/0 * * * *", "0 0 * foo *", "0 0 * * MON#1", "-5 * * * *", ", * * * *"],
  ]
) {
  Deno.test(`"${text}" is refused, as by Kubernetes`, () => {
    assert("fault" in parseCron(text));
  });
}

Deno.test("@every takes durations of Go, in whole seconds, of one at least", () => {
  const everyMs = (text: string) => {
    const parsed = parseCron(`@every ${text}`);
    return "times" in parsed && "everyMs" in parsed.times ? parsed.times.everyMs : undefined;
  };
  assertEquals(everyMs("1h30m"), 5_400_000);
  assertEquals(everyMs("1.5h"), 5_400_000);
  assertEquals(everyMs("90.7s"), 90_000);
  assertEquals(everyMs("500ms"), 1_000);
  assertEquals(everyMs("2562047h"), 9_223_369_200_000);
  assertEquals(everyMs("2562048h"), undefined); // more than an int64 of nanoseconds
});

Deno.test("a time zone that is none is named, be it before the schedule", () => {
  assertEquals(parseCron("@daily", "Mars/Base"), { fault: '"Mars/Base" is no time zone' });
  assertEquals(parseCron("TZ=Mars/Base @daily"), { fault: '"Mars/Base" is no time zone' });
  assertEquals(parseCron("@daily", "+02:00"), { fault: '"+02:00" is no time zone' });
});
