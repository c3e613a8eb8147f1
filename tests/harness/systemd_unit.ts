/** A unit file: sections, in them each setting's values in order. */
export type Unit = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

/** Source: man systemd.syntax */
export function parseUnit(text: string): Unit {
  const unit = new Map<string, Map<string, string[]>>();
  let section: Map<string, string[]> | undefined;
  for (const line of text.replaceAll(/\\\n\s*/g, "").split("\n")) {
    if (/^\s*([#;]|$)/.test(line)) continue;
    const name = /^\[(.+)\]$/.exec(line)?.[1];
    if (name !== undefined) {
      unit.set(name, section = unit.get(name) ?? new Map());
      continue;
    }
    const [, key, value] = /^([A-Za-z]+)=(.*)$/.exec(line) ?? [];
    if (section === undefined || key === undefined || value === undefined) {
      throw new Error(`A unit cannot have the line "${line}"`);
    }
    section.set(key, [...section.get(key) ?? [], value]);
  }
  return unit;
}

/** What of a service's settings a harness can keep. */
export interface Service {
  readonly command: readonly string[];
  readonly environmentFiles: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Files by the names of the credentials made from them. */
  readonly credentials: Readonly<Record<string, string>>;
  /** Below /run, made for the service, and removed when it has been stopped. */
  readonly runtimeFolders: readonly string[];
  /** Who gets the processor first: from -20, the first, to 19, the last. */
  readonly nice: number;
  /** As nobody in particular; else as root. */
  readonly dynamicUser: boolean;
  readonly noNewPrivileges: boolean;
  /** Without any capability. */
  readonly noCapabilities: boolean;
  /** How long after a failure it is started again; undefined: it is not. */
  readonly restartMs: number | undefined;
  /** A stop asks every process of it to end; else the main one alone. */
  readonly stopsAll: boolean;
}

/** Reads the service of a unit; throws for what would be understood wrongly. */
export function readService(unit: Unit): Service {
  const settings = unit.get("Service");
  if (settings === undefined) throw new Error("The unit has no [Service]");
  const all = (key: string) => settings.get(key) ?? [];
  const last = (key: string) => all(key).at(-1);
  if (all("ExecStart").length !== 1 || /["']|%/.test(last("ExecStart") ?? "")) {
    throw new Error("A harness runs one ExecStart= without quotes and specifiers");
  }
  const restart = last("Restart") ?? "no";
  if (!["no", "on-failure"].includes(restart)) throw new Error(`No harness has Restart=${restart}`);
  const kill = last("KillMode") ?? "control-group";
  if (!["mixed", "control-group"].includes(kill)) {
    throw new Error(`No harness has KillMode=${kill}`);
  }
  return {
    command: words(last("ExecStart") ?? ""),
    environmentFiles: all("EnvironmentFile"),
    environment: Object.fromEntries(all("Environment").flatMap(words).map(pair("="))),
    credentials: Object.fromEntries(all("LoadCredential").map(pair(":"))),
    runtimeFolders: all("RuntimeDirectory").flatMap(words),
    nice: Number(last("Nice") ?? 0),
    dynamicUser: last("DynamicUser") === "yes",
    noNewPrivileges: last("NoNewPrivileges") === "yes",
    noCapabilities: last("CapabilityBoundingSet") === "",
    restartMs: restart === "no" ? undefined : seconds(last("RestartSec") ?? "100ms") * 1000,
    stopsAll: kill === "control-group",
  };
}

/** Source: man systemd.exec, EnvironmentFile= */
export function parseEnvironmentFile(text: string): Record<string, string> {
  const lines = text.split("\n").filter((line) => !/^\s*([#;]|$)/.test(line));
  const unquoted = (value: string) => value.replace(/^(["'])(.*)\1$/, "$2");
  return Object.fromEntries(
    lines.map(pair("=")).map(([name, value]) => [name, unquoted(value)]),
  );
}

function pair(separator: string) {
  return (text: string): [string, string] => {
    const at = text.indexOf(separator);
    if (at < 1) throw new Error(`"${text}" has no "${separator}"`);
    return [text.slice(0, at), text.slice(at + 1)];
  };
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}

function seconds(span: string): number {
  const [, number, unit] = /^(\d+)(ms|s|)$/.exec(span) ?? [];
  if (number === undefined) throw new Error(`No harness knows the time span "${span}"`);
  return Number(number) * (unit === "ms" ? 0.001 : 1);
}
