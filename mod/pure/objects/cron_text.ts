import { Cron } from "croner";
import { messageOf } from "../message_of.ts";

/** When something runs: at the times that a pattern matches, or again and again after so many ms. */
export type CronTimes =
  /** `pattern` is for `runAtOrAfter()`. */
  | { readonly pattern: string; readonly timeZone: string }
  | { readonly everyMs: number };

/**
 * Reads a schedule as Kubernetes and Argo Workflows do, with `ParseStandard` of
 * https://github.com/robfig/cron (v3): five fields or a name such as `@daily`, with a time zone of its
 * own before it (`TZ=`, `CRON_TZ=`) that counts instead of `timeZone`; UTC where there is none.
 */
export function parseCron(
  text: string,
  timeZone = UTC,
): { readonly times: CronTimes } | { readonly fault: string } {
  const [, ownZone, rest = ""] = /^(?:(?:CRON_)?TZ=(\S*) )?(.*)$/s.exec(text) ?? [];
  const zone = ownZone ?? timeZone;
  if (!isTimeZone(zone)) return { fault: `${quoted(zone)} is no time zone` };
  const schedule = rest.trim();
  const every = /^@every (\S+)$/.exec(schedule)?.[1];
  if (every !== undefined) {
    const everyMs = goDurationMs(every);
    return everyMs === undefined
      ? { fault: `${quoted(every)} is no duration` }
      : { times: { everyMs: Math.max(1_000, Math.floor(everyMs / 1_000) * 1_000) } };
  }
  const pattern = patternOf(NAMED[schedule] ?? schedule);
  if (typeof pattern !== "string") return pattern;
  return { times: { pattern, timeZone: zone } };
}

/** Whether the time zone is known here; names are those of IANA, which offsets are none of. */
export function isTimeZone(name: string): boolean {
  if (/^[-+]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** The first time (ms since the epoch) of a pattern that is not before `fromMs`, a full minute. */
export function runAtOrAfter(
  { pattern, timeZone }: Extract<CronTimes, { pattern: string }>,
  fromMs: number,
): number | undefined {
  const cron = new Cron(pattern, { mode: "6-part", timezone: timeZone, paused: true });
  return cron.nextRun(new Date(fromMs - 1))?.getTime();
}

const UTC = "UTC";

const NAMED: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

/** What one value of a field may look like, its least and its greatest. */
const FIELDS = [
  { value: "\\d{1,2}", least: 0, most: 59 },
  { value: "\\d{1,2}", least: 0, most: 23 },
  { value: "\\d{1,2}", least: 1, most: 31 },
  { value: "\\d{1,2}|[a-z]{3}", least: 1, most: 12 },
  { value: "[0-6]|[a-z]{3}", least: 0, most: 6 },
] as const;

/**
 * The library takes more than Kubernetes does (`L`, `W`, `#`, years), and of a time that a change to
 * summer time leaves out, or one back brings twice, it makes one run where hour and minute are single
 * values. Kubernetes leaves it out, or runs twice; so does the library with two seconds in a list.
 */
const TWO_SECONDS = "0,1";

function patternOf(schedule: string): string | { readonly fault: string } {
  const fields = schedule.split(/\s+/);
  if (fields.length !== FIELDS.length) return { fault: "it has not five fields" };
  const read: string[] = [];
  for (const [index, field] of FIELDS.entries()) {
    const text = fields[index] ?? "";
    const translated = fieldOf(text, field);
    if (translated === undefined) return { fault: `${quoted(text)} cannot be read` };
    read.push(translated);
  }
  const pattern = [TWO_SECONDS, ...read].join(" ");
  try {
    new Cron(pattern, { mode: "6-part", paused: true });
    return pattern;
  } catch (error) {
    return { fault: messageOf(error).replace(/^\w+: /, "") };
  }
}

/** Faults stay small whatever an object holds. */
function quoted(text: string): string {
  return `"${text.slice(0, 60)}"`;
}

/** A field in the words of the library; undefined where Kubernetes would not take it. */
function fieldOf(text: string, { value, least, most }: typeof FIELDS[number]): string | undefined {
  const item = new RegExp(`^(?:([*?])|(${value})(?:-(${value}))?)(?:/(\\d{1,9}))?$`, "i");
  const items: string[] = [];
  for (const part of text.split(",").filter((each) => each !== "")) {
    const [, any, from = String(least), to, step = any || to ? "1" : ""] = item.exec(part) ?? [];
    if (!item.test(part)) return undefined;
    // A day of the month and one of the week are alternatives only where neither is any day.
    if (any !== undefined && step === "1") return "*";
    if (step === "" || Number(step) > most) items.push(from);
    else items.push(`${from}-${to ?? most}/${step}`);
  }
  return items.length > 0 ? items.join(",") : undefined;
}

/** As Go's `time.ParseDuration`, for what is more than nothing. */
function goDurationMs(text: string): number | undefined {
  if (!/^\+?(\d+(\.\d*)?(ns|us|µs|ms|h|m|s))+$/.test(text)) return undefined;
  let ms = 0;
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d*)?)(ns|us|µs|ms|h|m|s)/g)) {
    ms += Number(number) * (UNIT_MS[unit ?? ""] ?? 0);
  }
  return ms > MAX_DURATION_MS ? undefined : ms;
}

/** An int64 of nanoseconds. */
const MAX_DURATION_MS = 2 ** 63 / 1e6;

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  "µs": 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};
