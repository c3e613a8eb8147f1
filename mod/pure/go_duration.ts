const MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};
const PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g;
const WHOLE = new RegExp(`^\\+?(0|(${PART.source})+)$`);

/** Reads a duration as Go writes them (`time.ParseDuration`), such as `1m30s`, in ms; not below 0. */
export function parseGoDuration(text: string): number | undefined {
  if (!WHOLE.test(text)) return undefined;
  return text.matchAll(PART).reduce(
    (sum, [, count, unit = ""]) => sum + Number(count) * (MS[unit] ?? NaN),
    0,
  );
}
