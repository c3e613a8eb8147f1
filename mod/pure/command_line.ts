/** A command line taken apart; what the words mean is not known here. */
export interface CommandLine {
  /** Texts given per flag, without dashes, in order; `undefined` for a flag without a value. */
  readonly flags: ReadonlyMap<string, readonly (string | undefined)[]>;
  /** Arguments that belong to no flag. */
  readonly words: readonly string[];
}

/** Flags that stand alone, and the short forms they have. */
const SWITCHES: ReadonlyMap<string, string> = new Map([
  ["--help", "help"],
  ["-h", "help"],
  ["--version", "version"],
  ["-V", "version"],
]);

/**
 * Takes `--flag value` and `--flag=value` apart. Stricter than `@std/cli/parse-args`, which cannot
 * tell an empty value from a missing one, and takes a `-` (standard input) for an argument.
 */
export function takeApart(args: readonly string[]): CommandLine {
  const flags = new Map<string, (string | undefined)[]>();
  const words: string[] = [];
  const add = (flag: string, value: string | undefined) =>
    flags.set(flag, [...(flags.get(flag) ?? []), value]);
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? "";
    const equals = arg.indexOf("=");
    const next = args[i + 1];
    const alone = SWITCHES.get(arg);
    if (alone !== undefined) {
      add(alone, "");
    } else if (!arg.startsWith("-") || arg === "-") {
      words.push(arg);
    } else if (equals > 0) {
      add(withoutDashes(arg.slice(0, equals)), arg.slice(equals + 1));
    } else if (next === undefined || (next.startsWith("-") && next !== "-")) {
      add(withoutDashes(arg), undefined);
    } else {
      add(withoutDashes(arg), next);
      i++;
    }
  }
  return { flags, words };
}

function withoutDashes(flag: string): string {
  return flag.replace(/^-+/, "");
}
