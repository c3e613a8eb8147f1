import { AGENT_PROGRAM } from "../../mod/pure/settings/agent_settings.ts";
import { CONTROLLER_PROGRAM } from "../../mod/pure/settings/controller_settings.ts";
import { type MetricEntry, METRICS } from "../../mod/pure/metric_table.ts";
import {
  rowsOf,
  type Setting,
  variableOf,
  variablesOf,
} from "../../mod/pure/settings/settings_table.ts";
import { type Permission, permissionsOf } from "../../mod/build/permissions.ts";

/** README's tables that follow from code, by the name of their place in it. */
export function readmeTables(): Readonly<Record<string, string>> {
  return { settings: settingsTable(), metrics: metricsTable(), permissions: permissionsTable() };
}

/** Puts the tables between their marks: `<!-- settings -->` … `<!-- /settings -->`. */
export function withTables(readme: string): string {
  let text = readme;
  for (const [name, table] of Object.entries(readmeTables())) {
    const place = new RegExp(`<!-- ${name} -->\n(?:.*?<!-- /${name} -->\n)?`, "s");
    text = text.replace(place, () => `<!-- ${name} -->\n\n${table}\n<!-- /${name} -->\n`);
  }
  return text;
}

function settingsTable(): string {
  const agent = rowsOf(AGENT_PROGRAM.table);
  const controller = rowsOf(CONTROLLER_PROGRAM.table);
  const both = agent.filter((setting) => controller.includes(setting));
  const rows = (of: string, settings: readonly Setting[]) =>
    settings.map((setting) => [
      code(setting.secret ? variableOf(setting) : `--${setting.flag}`),
      of,
      setting.fallback ? code(setting.fallback) : "",
      setting.help,
    ]);
  return table(["setting", "of", "default", "meaning"], [
    ...rows("controller", controller.filter((setting) => !both.includes(setting))),
    ...rows("agent", agent.filter((setting) => !both.includes(setting))),
    ...rows("both", both),
  ]);
}

function metricsTable(): string {
  const entries = Object.entries<MetricEntry>(METRICS);
  return table(
    ["metric", "of", "type", "labels", "meaning"],
    entries.map(([name, { of, type, labels, help }]) => [
      code(name),
      of,
      type,
      labels.map(code).join(" "),
      help,
    ]),
  );
}

function permissionsTable(): string {
  const rows = (program: "controller" | "agent") =>
    permissionsOf(program).map((permission) => [
      program,
      code(`--allow-${permission.kind}`),
      limits(permission),
      permission.why,
    ]);
  return table(["program", "right", "limited to", "because of"], [
    ...rows("controller"),
    ...rows("agent"),
    ["both", "no other", "", "neither writes files, loads native code nor imports code"],
  ]);
}

function limits({ kind, to }: Permission): string {
  if (!to) return "";
  if (kind !== "env") return to.map(code).join(" ");
  const settings = [AGENT_PROGRAM, CONTROLLER_PROGRAM].flatMap(({ table }) => variablesOf(table));
  const others = to.filter((variable) => !settings.includes(variable));
  return ["the variables of its settings", ...others.map(code)].join(", ");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.map(escapeCell).join(" | ")} |\n`).join("");
}

function escapeCell(text: string): string {
  return text.replaceAll("|", "\\|");
}

function code(text: string): string {
  return `\`${text}\``;
}
