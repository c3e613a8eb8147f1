import { closest } from "fastest-levenshtein";
import { type CommandLine, parseCommandLine } from "./command_line.ts";
import { PROCESS_TABLE, type ProcessSettings, processSettings } from "./process_settings.ts";
import { helpText } from "./settings_help.ts";
import {
  labelOf,
  type Program,
  type Reading,
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
    readonly held?: ProcessSettings;
  };

/** The environment a program was started in. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads a program's settings: a flag beats its variable, an empty variable counts as unset.
 * `shape` turns the values into what the program works with, once they are known to be good.
 */
export function readSettings<Table extends SettingTable, Settings>(
  program: Program<Table>,
  args: readonly string[],
  env: Environment,
  toSettings: (values: SettingValues<Table>, command: string) => Settings,
): SettingsOutcome<Settings> {
  const line = parseCommandLine(args, flagsOf(program.table));
  if (line.flags.has("help")) return { type: "help", text: helpText(program) };
  if (line.flags.has("version")) return { type: "version" };
  const faults = [...wordFaults(program, line), ...unknownFlagFaults(program.table, line)];
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(program.table)) {
    const reading = readOne(setting, line, env);
    if ("fault" in reading) faults.push(`${labelOf(setting)}: ${reading.fault}`);
    else values[name] = reading.value;
  }
  faults.push(...ruleFaults(program, line, env));
  const [standing = ""] = Object.keys(program.commands);
  const command = line.words[0] ?? standing;
  if (faults.length > 0) {
    const held = readableProcess(line, env);
    // Only what runs until stopped may wait: a plan is for somebody who looks at it.
    return { type: "faults", faults, ...(held.holdOnFaults && command === standing && { held }) };
  }
  // Every row was read by its own type just above, so the record has the table's shape.
  return { type: "settings", settings: toSettings(values as SettingValues<Table>, command) };
}

/** How to be a process as far as it can be read, with defaults in place of faults. */
function readableProcess(line: CommandLine, env: Environment): ProcessSettings {
  const values = Object.entries(PROCESS_TABLE).map(([name, setting]) => {
    const reading = readOne(setting, line, env);
    return [name, "value" in reading ? reading.value : readDefault(setting)];
  });
  return processSettings(Object.fromEntries(values) as SettingValues<typeof PROCESS_TABLE>);
}

function readDefault(setting: Setting): unknown {
  const reading = setting.type.read([setting.fallback ?? ""], "variable");
  return "value" in reading ? reading.value : undefined;
}

/** A secret has a variable only. */
function flagsOf(table: SettingTable): string[] {
  return Object.values(table).filter((row) => !row.secret).map((row) => row.flag);
}

function readOne(setting: Setting, line: CommandLine, env: Environment): Reading<unknown> {
  const flags = setting.secret ? undefined : line.flags.get(setting.flag);
  if (flags) {
    const texts = flags.filter((text) => text !== undefined);
    return texts.length < flags.length
      ? { fault: `needs a value: ${setting.type.placeholder}` }
      : readTexts(setting, texts, "flag");
  }
  const text = env[variableOf(setting)] || setting.fallback;
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
  const unexpected = rest.map((word) => `"${word}": unexpected argument`);
  if (first === undefined || commands.includes(first)) return unexpected;
  const fault = commands.length > 0
    ? `"${first}": unknown command, the nearest known one is "${closest(first, commands)}"`
    : `"${first}": unexpected argument, as ${program.name} takes flags only`;
  return [fault, ...unexpected];
}

function unknownFlagFaults(table: SettingTable, line: CommandLine): string[] {
  const settings = Object.values(table);
  const known = flagsOf(table);
  return [...line.flags.keys()].filter((flag) => !known.includes(flag)).map((flag) => {
    const secret = settings.find((setting) => setting.flag === flag);
    if (secret) return secretFlagFault(secret, known);
    const nearest = closest(flag, [...known, "help", "version"]);
    return `--${flag}: unknown flag, the nearest known one is --${nearest}`;
  });
}

function secretFlagFault(setting: Setting, known: readonly string[]): string {
  const file = `${setting.flag}-file`;
  const instead = known.includes(file) ? ` or --${file}` : "";
  return `--${setting.flag}: no flag, as other processes can read command lines; ` +
    `use ${variableOf(setting)}${instead}`;
}

function ruleFaults(program: Program, line: CommandLine, env: Environment): string[] {
  const { table, rules } = program;
  const given = new Set(
    Object.entries(table)
      .filter(([_, setting]) =>
        (line.flags.has(setting.flag) && !setting.secret) || env[variableOf(setting)]
      )
      .map(([name]) => name),
  );
  const labels = (names: readonly string[]) =>
    names.map((name) => table[name]).filter((row) => row !== undefined).map(labelOf).join(" or ");
  return rules.filter((rule) => given.has(rule.setting)).flatMap((rule) => {
    const others = rule.others.filter((name) => given.has(name));
    switch (rule.type) {
      case "excludes":
        return others.length === 0
          ? []
          : [`${labels([rule.setting])}: cannot be combined with ${labels(others)}`];
      case "needs":
        return others.length > 0 ? [] : [`${labels([rule.setting])}: needs ${labels(rule.others)}`];
      default:
        return rule.type satisfies never;
    }
  });
}
