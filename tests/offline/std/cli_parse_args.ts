// Stand-in for `jsr:@std/cli/parse-args`: what we use of it, with the published
// option names and results. It knows long flags only.

export interface ParseOptions {
  "--"?: boolean;
  alias?: Record<string, string | readonly string[]>;
  boolean?: string | readonly string[];
  collect?: string | readonly string[];
  default?: Record<string, unknown>;
  negatable?: string | readonly string[];
  stopEarly?: boolean;
  string?: string | readonly string[];
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** Flags by name; what is no flag in `_`; with the option `"--"`, what follows `--` in `"--"`. */
export type Args = { [name: string]: unknown; _: Array<string | number>; "--"?: string[] };

/** Parses a command line the way `@std/cli` does. */
export function parseArgs(args: readonly string[], options: ParseOptions = {}): Args {
  const strings = new Set(listOf(options.string));
  const booleans = new Set(listOf(options.boolean));
  const collected = new Set(listOf(options.collect));
  const negatable = new Set(listOf(options.negatable));
  const names = namesByAlias(options.alias ?? {});
  const dashes = args.indexOf("--");
  const before = dashes < 0 ? args : args.slice(0, dashes);
  const after = dashes < 0 ? [] : args.slice(dashes + 1);
  const parsed: Args = { _: [] };

  const set = (key: string, value: unknown, arg: string) => {
    const known = strings.has(key) || booleans.has(key) || names.has(key);
    if (!known && options.unknown?.(arg, key, value) === false) return;
    for (const name of names.get(key) ?? [key]) {
      parsed[name] = collected.has(name) ? [...listed(parsed[name]), value] : value;
    }
  };

  for (let i = 0; i < before.length; i++) {
    const arg = before[i] ?? "";
    const [, key, inline] = /^--(.+?)(?:=(.+))?$/s.exec(arg) ?? [];
    if (key === undefined) {
      if (options.unknown?.(arg) !== false) parsed._.push(arg);
      if (options.stopEarly) {
        parsed._.push(...before.slice(i + 1));
        break;
      }
      continue;
    }
    const next = before[i + 1];
    if (inline !== undefined) {
      set(key, booleans.has(key) ? inline !== "false" : inline, arg);
    } else if (key.startsWith("no-") && negatable.has(key.slice(3))) {
      set(key.slice(3), false, arg);
    } else if (booleans.has(key)) {
      set(key, true, arg);
    } else if (next && !next.startsWith("-")) {
      set(key, next, arg);
      i++;
    } else {
      set(key, strings.has(key) ? "" : true, arg);
    }
  }

  for (const [key, value] of Object.entries(options.default ?? {})) {
    for (const name of names.get(key) ?? [key]) parsed[name] ??= value;
  }
  for (const key of booleans) parsed[key] ??= collected.has(key) ? [] : false;
  for (const key of collected) if (strings.has(key)) parsed[key] ??= [];
  if (options["--"]) parsed["--"] = [...after];
  else parsed._.push(...after);
  return parsed;
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  return typeof value === "string" ? [value] : value ?? [];
}

function listed(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Each name and alias leads to all names that are set together. */
function namesByAlias(alias: NonNullable<ParseOptions["alias"]>): Map<string, string[]> {
  const names = new Map<string, string[]>();
  for (const [key, value] of Object.entries(alias)) {
    const all = [key, ...listOf(value)];
    for (const name of all) names.set(name, all);
  }
  return names;
}
