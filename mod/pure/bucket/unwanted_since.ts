import { decodeWhy } from "./wire.ts";

/**
 * `why`, saying since when (ms since the epoch) nothing wants the image; an unreadable or missing
 * value becomes one without reasons.
 */
export function markUnwanted(why: string | undefined, sinceMs: number): string {
  const value = readWhy(why) ?? { v: 1, count: 0, reasons: [] };
  return JSON.stringify({ ...value, unwantedSince: new Date(sinceMs).toISOString() });
}

/** `why` as it would be while something wants the image; undefined when it is so already. */
export function withoutMark(why: string | undefined): string | undefined {
  const { unwantedSince, ...value } = readWhy(why) ?? {};
  return unwantedSince === undefined ? undefined : JSON.stringify(value);
}

/**
 * Since when nothing wants the image, in ms since the epoch; undefined when `why` does not say, or
 * when that is not over yet: the clock of who wrote it was ahead, or was set back since.
 */
export function unwantedSince(why: string | undefined, nowMs: number): number | undefined {
  const since = Date.parse(readWhy(why)?.unwantedSince ?? "");
  return since <= nowMs ? since : undefined;
}

function readWhy(why: string | undefined) {
  const decoded = decodeWhy(why ?? "");
  return "value" in decoded ? decoded.value : undefined;
}
