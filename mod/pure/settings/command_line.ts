import { parseArgs } from "@std/cli/parse-args";

/** A command line split into flags and words; what they mean is not known here. */
export interface CommandLine {
  /** Texts given per flag, without dashes, in order; `undefined` for a flag without a value. */
  readonly flags: ReadonlyMap<string, readonly (string | undefined)[]>;
  /** Arguments that belong to no flag. */
  readonly words: readonly string[];
}

/** Flags that stand alone, and the short forms they have. */
const SWITCHES: ReadonlyMap<string, string> = new Map([["-h", "--help"], ["-V", "--version"]]);

/** Stands for an empty value; no argument can hold a NUL. */
const EMPTY = "\0";

/** Flags of a program, without dashes. */
export interface KnownFlags {
  /** `--flag value` and `--flag=value`. */
  readonly valued: readonly string[];
  /** `--flag` alone; each counts as the value `true`. */
  readonly switches?: readonly string[];
}

/** Parses a command line. */
export function parseCommandLine(
  args: readonly string[],
  { valued: known, switches = [] }: KnownFlags,
): CommandLine {
  const unknown: string[] = [];
  // A type of our own: what a library infers from the options differs from version to version.
  const parsed: Readonly<Record<string, unknown>> = parseArgs(unambiguous(args), {
    string: ["_", ...known],
    collect: [...known],
    boolean: ["help", "version", ...switches],
    unknown: (_arg: string, key?: string) => {
      if (key !== undefined) unknown.push(key);
      return key === undefined;
    },
  });
  const flags = new Map<string, (string | undefined)[]>(unknown.map((flag) => [flag, [""]]));
  for (const flag of known) {
    const texts = textsIn(parsed[flag]);
    if (texts.length > 0) flags.set(flag, texts.map(meantText));
  }
  for (const flag of ["help", "version"]) if (parsed[flag] === true) flags.set(flag, [""]);
  for (const flag of switches) if (parsed[flag] === true) flags.set(flag, ["true"]);
  return { flags, words: textsIn(parsed["_"]) };
}

function textsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/**
 * Writes what `parseArgs` would misread in a form that it reads: it takes `--flag=` for a flag
 * named "flag=", a `-` behind a flag (standard input) for an argument of its own, and gives an
 * empty text where a value is missing.
 */
function unambiguous(args: readonly string[]): string[] {
  const out: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = SWITCHES.get(args[i] ?? "") ?? args[i] ?? "";
    const flag = /^--?[^-]/.test(arg) ? arg.replace(/^--?/, "--") : undefined;
    const next = args[i + 1];
    if (flag?.endsWith("=") && flag.indexOf("=") === flag.length - 1) out.push(flag + EMPTY);
    else if (flag && !flag.includes("=") && (next === "" || next === "-")) {
      out.push(`${flag}=${next || EMPTY}`);
      i++;
    } else out.push(flag ?? arg);
  }
  return out;
}

function meantText(text: string): string | undefined {
  return text === "" ? undefined : text.replaceAll(EMPTY, "");
}
