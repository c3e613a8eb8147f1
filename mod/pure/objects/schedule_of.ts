import { withoutUnset } from "../without_unset.ts";
import { isTimeZone, parseCron } from "./cron_text.ts";
import type { ObservedFault, Schedule } from "./observed.ts";
import { type Fields, fieldsOf, itemsOf, scalarText, textOf } from "./raw_value.ts";

/** What an object says of when it starts pods. */
export interface ReadSchedule {
  /** Absent where it names no time, or none that can be read. */
  readonly schedule?: Schedule;
  readonly faults: readonly ObservedFault[];
}

/**
 * Reads the schedule of a CronJob (`schedule`, `timeZone`), of Spark's like of it, or of an Argo
 * CronWorkflow (`schedules`, `timezone`) from its specification; `createdAt` is when the object was
 * made. One fault makes it none: what is started then is wanted always, and not ordered by time.
 */
export function scheduleOf(spec: unknown, createdAt: string | undefined): ReadSchedule {
  const fields = fieldsOf(spec);
  const zoneField = fields["timezone"] === undefined ? "timeZone" : "timezone";
  const zone = textOf(fields[zoneField]);
  const timeZone = zone === CONTROLLERS_OWN ? undefined : zone;
  const faults: ObservedFault[] = [];
  if (timeZone !== undefined && !isTimeZone(timeZone)) {
    faults.push({ field: `spec.${zoneField}`, value: timeZone, why: "it is no time zone" });
  }
  const cron: string[] = [];
  let repeats = false;
  for (const [field, value] of textsIn(fields)) {
    // Its own zone, if any, is among the faults above.
    const parsed = parseCron(value, faults.length > 0 ? undefined : timeZone);
    if ("fault" in parsed) faults.push({ field, value, why: parsed.fault });
    else {
      cron.push(value);
      repeats ||= "everyMs" in parsed.times;
    }
  }
  if (faults.length > 0 || cron.length === 0) return { faults: faults.map(shortened) };
  const schedule = withoutUnset({
    cron,
    timeZone,
    suspended: fields["suspend"] === true,
    since: repeats ? createdAt : undefined,
  });
  return { schedule, faults };
}

/** Faults stay small whatever an object holds. */
function shortened(fault: ObservedFault): ObservedFault {
  return { ...fault, value: fault.value.slice(0, 200) };
}

/** What Go calls the time zone of its program; the API server takes it of no CronJob. */
const CONTROLLERS_OWN = "Local";

function* textsIn(fields: Fields): Generator<[string, string]> {
  const one = scalarText(fields["schedule"]);
  if (one !== undefined && one !== "") yield ["spec.schedule", one];
  for (const [index, each] of itemsOf(fields["schedules"]).entries()) {
    yield [`spec.schedules[${index}]`, scalarText(each) ?? ""];
  }
}
