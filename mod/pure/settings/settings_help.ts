import { type Command, type Program, rowsOf, type Setting, variableOf } from "./settings_table.ts";

const WIDTH = 100;
const LEFT = 34;

/** What `--help` prints: everything a program can be told, made from its table. */
export function helpText(program: Program): string {
  const commands = Object.entries(program.commands);
  const usage = commands.length > 0
    ? `${program.name} [COMMAND] [FLAGS]`
    : `${program.name} [FLAGS]`;
  const settings = rowsOf(program.table);
  const groups = [...new Set(settings.map((setting) => setting.group))];
  return [
    `Usage: ${usage}`,
    "",
    ...wrap(program.about, WIDTH),
    ...(commands.length > 0 ? ["", "Commands:"] : []),
    ...commands.flatMap(([name, command], i) => commandEntry(name, command, i === 0)),
    ...groups.flatMap((group) => [
      "",
      `${group}:`,
      ...settings.filter((setting) => setting.group === group).flatMap(settingEntry),
    ]),
    "",
    "Others:",
    ...entry("-h, --help", "Print this text"),
    ...entry("-V, --version", "Print the version"),
    "",
    ...wrap(
      "A flag can also be given as the variable in brackets; the flag wins, an empty variable " +
        "counts as unset. Lists are separated by spaces or commas. The value of a secret comes " +
        "from its variable or from a file, never from a flag, as other processes can read those.",
      WIDTH,
    ),
    "",
    "Exit codes:",
    ...exitCodes(commands.some(([name]) => name === "plan")),
    "",
    "Examples:",
    ...program.examples.map((example) => `  ${example}`),
    "",
  ].join("\n");
}

function commandEntry(name: string, { help, operands }: Command, isDefault: boolean): string[] {
  const left = operands === undefined ? name : `${name} ${operands.text}`;
  return entry(left, isDefault ? `${help} (default)` : help);
}

function settingEntry(setting: Setting): string[] {
  const variable = variableOf(setting);
  const flag = `--${setting.flag}`;
  if (setting.only === "switch") return entry(flag, setting.help);
  const left = setting.secret ? variable : `${flag} ${setting.type.placeholder}`;
  const notes = [
    ...(setting.fallback ? [`default ${setting.fallback}`] : []),
    ...(setting.only === "flag" ? [] : [setting.secret ? "variable only" : variable]),
  ];
  return entry(left, notes.length === 0 ? setting.help : `${setting.help} [${notes.join("; ")}]`);
}

function exitCodes(isController: boolean): string[] {
  return [
    ...entry("0", "Ended as asked, also by SIGTERM or SIGINT"),
    ...entry(
      "1",
      isController
        ? "Failed; plan: an input could not be read; status, why: nothing has this name, or not " +
          "all is warm in time"
        : "Failed",
    ),
    ...entry("2", "The settings are wrong; all faults are listed"),
    ...(isController ? entry("3", "status --wait: a fault makes waiting useless") : []),
    ...entry(
      "130",
      `Ended at once by a second signal${isController ? "; status, why: by the first one" : ""}`,
    ),
    ...(isController ? entry("141", "Nobody reads the output any more, as behind head") : []),
  ];
}

/** Two columns; a left side that is too wide gets a line of its own. */
function entry(left: string, right: string): string[] {
  const [first = "", ...rest] = wrap(right, WIDTH - LEFT);
  const indent = " ".repeat(LEFT);
  const head = `  ${left}`;
  const top = head.length < LEFT ? [head.padEnd(LEFT) + first] : [head, indent + first];
  return [...top, ...rest.map((line) => indent + line)];
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
