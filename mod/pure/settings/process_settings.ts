import { type ListenAddress, listenAddress } from "./settings_addresses.ts";
import type { SettingTable, SettingValues } from "./settings_table.ts";
import { choice } from "./settings_values.ts";

/** What to log, and how. */
export interface LogSettings {
  readonly level: "debug" | "info" | "warn" | "error";
  /** `auto`: text on a terminal, JSON otherwise. */
  readonly format: "auto" | "text" | "json";
}

/** What both programs can be told about being a process: how to show health and log. */
export interface ProcessSettings {
  /** Where `/livez`, `/readyz` and `/metrics` are served; undefined: nowhere. */
  readonly health: ListenAddress | undefined;
  readonly log: LogSettings;
  /** Stays up and not ready with settings that cannot be used, instead of ending. */
  readonly holdOnFaults: boolean;
}

/** The rows both programs have besides those for NATS. */
export const PROCESS_TABLE = {
  healthAddress: {
    flag: "health-address",
    group: "Health and log",
    help: "Where /livez, /readyz and /metrics are served, or off",
    type: listenAddress(),
    fallback: "0.0.0.0:8080",
  },
  logLevel: {
    flag: "log-level",
    group: "Health and log",
    help: "Least important lines to print",
    type: choice(["debug", "info", "warn", "error"]),
    fallback: "info",
  },
  logFormat: {
    flag: "log-format",
    group: "Health and log",
    help: "How lines look; auto is text on a terminal, JSON otherwise",
    type: choice(["auto", "text", "json"]),
    fallback: "auto",
  },
  holdOnFaults: {
    flag: "hold-on-faults",
    group: "Health and log",
    help: "With settings that cannot be used, stay up without becoming ready instead of ending; " +
      "for pods, which would be started again and again",
    type: choice(["true", "false"]),
    fallback: "false",
  },
} as const satisfies SettingTable;

/** Picks what concerns the process out of a program's values. */
export function processSettings(values: SettingValues<typeof PROCESS_TABLE>): ProcessSettings {
  return {
    health: values.healthAddress,
    log: { level: values.logLevel, format: values.logFormat },
    holdOnFaults: values.holdOnFaults === "true",
  };
}
