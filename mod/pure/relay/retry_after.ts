/** No registry is left alone for longer because of one answer: it may have meant another unit. */
const LONGEST_MS = 3_600_000;

/**
 * How long a `Retry-After` header asks to be left alone, in ms: seconds or an HTTP date (RFC 9110
 * §10.2.3), which the answer's own `Date` is taken from where there is one, as clocks differ.
 * Undefined: it says nothing, nothing that can be read, or a time that is over.
 */
export function parseRetryAfter(
  header: string | null,
  { date, wallMs }: { readonly date: string | null; readonly wallMs: number },
): number | undefined {
  const text = header?.trim() ?? "";
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : untilDate(text, date, wallMs);
  return ms > 0 ? Math.min(ms, LONGEST_MS) : undefined;
}

function untilDate(text: string, date: string | null, wallMs: number): number {
  // JavaScript takes "5" or "-1" for a year.
  if (!HTTP_DATE.test(text)) return 0;
  const now = date !== null && HTTP_DATE.test(date) ? Date.parse(date) : wallMs;
  const ms = Date.parse(text) - now;
  return Number.isNaN(ms) ? 0 : ms;
}

/** IMF-fixdate, which is all that may be sent today (RFC 9110 §5.6.7). */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
