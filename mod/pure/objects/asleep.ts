import type { Kind } from "./kind.ts";
import { type Fields, fieldsOf } from "./raw_value.ts";

/**
 * Whether an object asks for no pods now, though pods of before may be left: by the fields that
 * nearly all kinds have for it, or as its kind has it beside these (`Kind.isAsleep`).
 */
export function isAsleep(raw: Fields, kind: Pick<Kind, "isAsleep">): boolean {
  return isScaledDown(raw) || isSuspended(raw) || kind.isAsleep?.(raw) === true;
}

/** Of kinds that only say what pods are like which something else starts: that speaks for itself. */
export function startsNone(): boolean {
  return true;
}

/** Whether the field at a path of keys holds one of these values. */
export function holds(
  path: readonly string[],
  ...values: readonly unknown[]
): (raw: Fields) => boolean {
  return (raw) => values.includes(path.reduce<unknown>((part, key) => fieldsOf(part)[key], raw));
}

const isScaledDown = holds(["spec", "replicas"], 0);

const isSuspended = holds(["spec", "suspend"], true);
