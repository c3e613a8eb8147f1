import { type Kind, kindName } from "../../mod/pure/objects/kind.ts";
import { BUILT_IN_KINDS, CLUSTER_KINDS } from "../../mod/pure/objects/kinds.ts";
import { KNOWN_KINDS } from "../../mod/pure/objects/known_kinds.ts";
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
import { valuesList } from "./values_list.ts";

/** Pages with lists that follow from code, or from comments beside it. */
export const REFERENCE_PAGES = ["mod/README.md", "chart/README.md"] as const;

/** Such a page. */
export type ReferencePage = (typeof REFERENCE_PAGES)[number];

/** Lists of a page that follow from code, by the name of their place in it. */
export function referenceLists(page: ReferencePage): Readonly<Record<string, string>> {
  return page === "chart/README.md" ? { values: valuesList() } : {
    kinds: kindsList(),
    settings: settingsList(),
    metrics: metricsList(),
    permissions: permissionsList(),
  };
}

/** Puts a page's lists between their marks: `<!-- settings -->` … `<!-- /settings -->`. */
export function withLists(page: ReferencePage, before: string): string {
  let text = before;
  for (const [name, list] of Object.entries(referenceLists(page))) {
    const place = new RegExp(`<!-- ${name} -->\n(?:.*?<!-- /${name} -->\n)?`, "s");
    text = text.replace(place, () => `<!-- ${name} -->\n\n${list}\n<!-- /${name} -->\n`);
  }
  return text;
}

/** Names as `--kinds` takes them, with the resources that an account has to read for them. */
function kindsList(): string {
  const items = (kinds: readonly Kind[]) =>
    [...Map.groupBy(kinds, ({ group }) => group)].map(([group, each]) => {
      const names = each.map((kind) => `${code(kindName(kind))} (${code(kind.plural)})`);
      return `${group === "" ? "the core group" : code(group)}: ${names.join(", ")}`;
    });
  return parts({
    "Kubernetes' own": items(BUILT_IN_KINDS),
    "Kinds of others": items(KNOWN_KINDS),
    "Always, whatever `--kinds` says": items(CLUSTER_KINDS),
  });
}

function settingsList(): string {
  const agent = rowsOf(AGENT_PROGRAM.table);
  const controller = rowsOf(CONTROLLER_PROGRAM.table);
  const both = agent.filter((setting) => controller.includes(setting));
  const items = (settings: readonly Setting[]) =>
    settings.map((setting) => {
      const name = code(setting.secret ? variableOf(setting) : `--${setting.flag}`);
      return `${name}${setting.fallback ? ` (${code(setting.fallback)})` : ""}: ${setting.help}`;
    });
  return parts({
    "Both programs": items(both),
    "The controller": items(controller.filter((setting) => !both.includes(setting))),
    "The agent": items(agent.filter((setting) => !both.includes(setting))),
  });
}

function metricsList(): string {
  const entries = Object.entries<MetricEntry>(METRICS);
  const items = (of: MetricEntry["of"]) =>
    entries.filter(([, entry]) => entry.of === of).map(([name, { type, labels, help }]) => {
      const by = labels.length === 0 ? "" : ` by ${labels.map(code).join(", ")}`;
      return `${code(name)} (${type}${by}): ${help}`;
    });
  return parts({
    "Both programs": items("both"),
    "The controller": items("controller"),
    "The agent": items("agent"),
  });
}

function permissionsList(): string {
  const items = (program: "controller" | "agent") =>
    permissionsOf(program).map((permission) => {
      const to = limits(permission);
      return `${code(`--allow-${permission.kind}`)}${to && ` of ${to}`}: ${permission.why}`;
    });
  return parts({
    "The controller": items("controller"),
    "The agent": items("agent"),
    "Neither": ["writes files elsewhere, loads native code or imports code"],
  });
}

function limits({ kind, to }: Permission): string {
  if (!to) return "";
  if (kind !== "env") return to.map(code).join(" ");
  const settings = [AGENT_PROGRAM, CONTROLLER_PROGRAM].flatMap(({ table }) => variablesOf(table));
  const others = to.filter((variable) => !settings.includes(variable));
  return ["the variables of its settings", ...others.map(code)].join(", ");
}

function parts(items: Readonly<Record<string, readonly string[]>>): string {
  return Object.entries(items)
    .map(([title, lines]) => `${title}:\n\n${lines.map((line) => `- ${line}\n`).join("")}`)
    .join("\n");
}

function code(text: string): string {
  return `\`${text}\``;
}
