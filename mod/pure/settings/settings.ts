import { closest, distance } from "fastest-levenshtein";
import { type CommandLine, parseCommandLine } from "./command_line.ts";
import { PROCESS_TABLE, type ProcessSettings } from "./process_settings.ts";
import { helpText } from "./settings_help.ts";
import {
  type Command,
  fillTable,
  labelOf,
  type Program,
  type Reading,
  rowsOf,
  type Setting,
  type SettingTable,
  type SettingValues,
  variableOf,
} from "./settings_table.ts";

/** What a command line and an environment ask for. */
export type SettingsOutcome<Settings> =
  | { readonly type: "settings"; readonly settings: Settings }
  | { readonly type: "help"; readonly text: string }
  | { readonly type: "version" }
  /** All faults together, each naming flag and variable; `held` says how to stay up with them. */
  | {
    readonly type: "faults";
    readonly faults: readonly string[];
    readonly held?: ProcessSettings | undefined;
  };

/** The environment a program was started in. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Settings, or what they name (a kubeconfig, say), that no further try makes usable. */
export class UnusableSettingsError extends Error {
  override readonly name = "UnusableSettingsError";

  constructor(
    /** Each a sentence that names what is at fault. */
    readonly faults: readonly string[],
    options?: ErrorOptions,
  ) {
    super(faults.join("; "), options);
  }
}

/**
 * Reads a program's settings: a flag beats its variable, an empty variable counts as unset.
 * `toSettings` makes of the values what the program works with, once they are known to be good.
 */
export function readSettings<Table extends SettingTable, Settings>(
  program: Program<Table>,
  args: readonly string[],
  env: Environment,
  toSettings: (
    values: SettingValues<Table>,
    command: string,
    operands: readonly string[],
  ) => Settings,
): SettingsOutcome<Settings> {
  const line = parseCommandLine(args, {
    valued: flagsOf(program.table),
    switches: rowsOf(program.table).filter(({ only }) => only === "switch").map(({ flag }) => flag),
  });
  if (line.flags.has("help")) return { type: "help", text: helpText(program) };
  if (line.flags.has("version")) return { type: "version" };
  const faults = [...wordFaults(program, line), ...unknownFlagFaults(program.table, line)];
  const values = fillTable(program.table, (setting) => {
    const reading = readOne(setting, line, env);
    if ("value" in reading) return reading.value;
    faults.push(`${labelOf(setting)}: ${reading.fault}`);
  });
  faults.push(...ruleFaults(program, line, env));
  const [standing = ""] = Object.keys(program.commands);
  const [command = standing, ...operands] = line.words;
  if (faults.length > 0) {
    const process = readableProcess(line, env);
    // Only what runs until stopped may wait: a plan is for somebody who looks at it.
    const holds = process.holdOnFaults && command === standing;
    return { type: "faults", faults, held: holds ? process : undefined };
  }
  return { type: "settings", settings: toSettings(values, command, operands) };
}

/** Settings of health and log as far as they can be read, with defaults in place of faulty ones. */
function readableProcess(line: CommandLine, env: Environment): ProcessSettings {
  return fillTable(PROCESS_TABLE, (setting) => {
    const reading = readOne(setting, line, env);
    return "value" in reading ? reading.value : readDefault(setting);
  });
}

function readDefault(setting: Setting): unknown {
  const reading = setting.type.read([setting.fallback ?? ""], "variable");
  return "value" in reading ? reading.value : undefined;
}

/** Flags that take a value; a secret has a variable only. */
function flagsOf(table: SettingTable): string[] {
  return rowsOf(table).filter((row) => !row.secret && row.only !== "switch").map((row) => row.flag);
}

function readOne(setting: Setting, line: CommandLine, env: Environment): Reading<unknown> {
  const flags = setting.secret ? undefined : line.flags.get(setting.flag);
  if (flags) {
    const texts = flags.filter((text) => text !== undefined);
    return texts.length < flags.length
      ? { fault: `needs a value: ${setting.type.placeholder}` }
      : readTexts(setting, texts, "flag");
  }
  const given = setting.only === undefined ? env[variableOf(setting)] : undefined;
  const text = given || setting.fallback;
  return text === undefined ? { value: undefined } : readTexts(setting, [text], "variable");
}

function readTexts(
  setting: Setting,
  texts: readonly string[],
  from: "flag" | "variable",
): Reading<unknown> {
  const reading = setting.type.read(texts, from);
  if (!("fault" in reading) || reading.hide || setting.secret) return reading;
  const current = JSON.stringify(texts.join(" ").slice(0, 200));
  return { fault: `${reading.fault}, current value is ${current}` };
}

function wordFaults(program: Program, line: CommandLine): string[] {
  const commands = Object.keys(program.commands);
  const [first, ...rest] = line.words;
  if (first === undefined) return [];
  const command = Object.hasOwn(program.commands, first) ? program.commands[first] : undefined;
  if (command !== undefined) return operandFaults(first, command, rest);
  const fault = commands.length > 0
    ? `"${first}": unknown command, the nearest known one is "${closest(first, commands)}"`
    : `"${first}": unexpected argument, as ${program.name} takes flags only`;
  return [fault, ...rest.map(unexpected)];
}

function operandFaults(name: string, { operands }: Command, given: readonly string[]): string[] {
  const { text, most, least = 0 } = operands ?? { text: "", most: 0 };
  const faults = given.slice(most).map(unexpected);
  return given.length < least ? [`${name}: ${text} is missing`, ...faults] : faults;
}

function unexpected(word: string): string {
  return `"${word}": unexpected argument`;
}

function unknownFlagFaults(table: SettingTable, line: CommandLine): string[] {
  const settings = rowsOf(table);
  const known = settings.filter((row) => !row.secret).map((row) => row.flag);
  return [...line.flags.keys()].filter((flag) => !known.includes(flag)).map((flag) => {
    const secret = settings.find((setting) => setting.flag === flag);
    if (secret) return secretFlagFault(secret, known);
    const nearest = closest(flag, [...known, "help", "version"]);
    const isNear = distance(flag, nearest) <= flag.length / 2;
    return `--${flag}: unknown flag${isNear ? `, the nearest known one is --${nearest}` : ""}`;
  });
}

function secretFlagFault(setting: Setting, known: readonly string[]): string {
  const file = `${setting.flag}-file`;
  const instead = known.includes(file) ? ` or --${file}` : "";
  return `--${setting.flag}: no flag, as other processes can read command lines; ` +
    `use ${variableOf(setting)}${instead}`;
}

function ruleFaults(program: Program, line: CommandLine, env: Environment): string[] {
  const rows = rowsOf(program.table);
  const isGiven = (setting: Setting) =>
    (line.flags.has(setting.flag) && !setting.secret) ||
    (setting.only === undefined && Boolean(env[variableOf(setting)]));
  const given = rows.filter(isGiven).map((row) => row.flag);
  const labels = (flags: readonly string[]) =>
    flags.flatMap((flag) => rows.filter((row) => row.flag === flag)).map(labelOf).join(" or ");
  return program.rules.filter((rule) => given.includes(rule.flag)).flatMap((rule) => {
    const others = rule.others.filter((flag) => given.includes(flag));
    switch (rule.type) {
      case "excludes":
        return others.length === 0
          ? []
          : [`${labels([rule.flag])}: cannot be combined with ${labels(others)}`];
      case "needs":
        return others.length > 0 ? [] : [`${labels([rule.flag])}: needs ${labels(rule.others)}`];
      default:
        return rule.type satisfies never;
    }
  });
}
