// Stand-in for `jsr:@std/cli@1.0.32/parse-args`: what this project uses of it, which is long flags
// alone. The published result has a type that is computed from the options; this one is weaker.

export interface ParseOptions {
  boolean?: string | readonly string[];
  collect?: string | readonly string[];
  string?: string | readonly string[];
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** Flags by name; in `_` what is no flag, and what follows `--`. */
export type Args = { [name: string]: unknown; _: Array<string | number> };

/** Parses a command line the way `@std/cli` does. */
export function parseArgs(args: readonly string[], options: ParseOptions = {}): Args {
  const strings = new Set(listOf(options.string));
  const booleans = new Set(listOf(options.boolean));
  const collected = new Set(listOf(options.collect));
  const dashes = args.indexOf("--");
  const before = dashes < 0 ? args : args.slice(0, dashes);
  const parsed: Args = { _: [] };

  const set = (key: string, value: string | boolean, arg: string) => {
    const known = strings.has(key) || booleans.has(key) || collected.has(key);
    if (!known && options.unknown?.(arg, key, value) === false) return;
    const typed = typeof value === "string" && !strings.has(key) ? numberOr(value) : value;
    parsed[key] = collected.has(key) ? [...listed(parsed[key]), typed] : typed;
  };

  for (let i = 0; i < before.length; i++) {
    const arg = before[i] ?? "";
    const [, key, inline] = /^--(.+?)(?:=(.*))?$/s.exec(arg) ?? [];
    const next = before[i + 1];
    if (key === undefined) {
      if (options.unknown?.(arg) !== false) parsed._.push(strings.has("_") ? arg : numberOr(arg));
    } else if (inline !== undefined) {
      set(key, booleans.has(key) ? inline !== "false" : inline, arg);
    } else if (next && !booleans.has(key) && !next.startsWith("-")) {
      set(key, next, arg);
      i++;
    } else if (next === "true" || next === "false") {
      set(key, next === "true", arg);
      i++;
    } else {
      set(key, strings.has(key) ? "" : true, arg);
    }
  }

  for (const key of booleans) parsed[key] ??= collected.has(key) ? [] : false;
  for (const key of collected) if (strings.has(key)) parsed[key] ??= [];
  if (dashes >= 0) parsed._.push(...args.slice(dashes + 1));
  return parsed;
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  return typeof value === "string" ? [value] : value ?? [];
}

function listed(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function numberOr(text: string): string | number {
  return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}
