import * as v from "valibot";
import { LIMITS } from "./limits.ts";

/** A value that could be read, or why it could not. */
export type Decoded<T> = { readonly value: T } | { readonly fault: string };

/** Labels and their like, by any key: valibot's own records leave out `constructor` and others. */
export const textRecord = v.custom<Readonly<Record<string, string>>>(
  (value) => isRecord(value) && Object.values(value).every((each) => typeof each === "string"),
  "Invalid record: Expected texts",
);

/** Reads JSON by a schema; never throws. Fields that the schema does not name are left out. */
export function decode<T>(schema: v.GenericSchema<unknown, T>, json: string): Decoded<T> {
  if (json.length > LIMITS.valueChars) return { fault: `${json.length} characters are too many` };
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    return { fault: "not JSON" };
  }
  const result = v.safeParse(schema, parsed);
  if (result.success) return { value: result.output };
  const issue = result.issues[0];
  return { fault: `${v.getDotPath(issue) ?? "value"}: ${issue.message}` };
}

/** Whether a value is an object; lists and null are none. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
