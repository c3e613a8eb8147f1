import type { SettingTable, SettingValues } from "./settings_table.ts";
import { choice, listenAddress, text, yesOrNo } from "./settings_values.ts";

/** Settings of health, log and connections, which both programs have. */
export type ProcessSettings = SettingValues<typeof PROCESS_TABLE>;

/** What to log, and how. */
export type LogSettings = ProcessSettings["log"];

/** The rows that both programs have besides those for NATS. */
export const PROCESS_TABLE = {
  health: {
    flag: "health-address",
    group: "Health and log",
    help: "Where /livez, /readyz and /metrics are served, or off",
    type: listenAddress(),
    fallback: "0.0.0.0:8080",
  },
  log: {
    level: {
      flag: "log-level",
      group: "Health and log",
      help: "Least important lines to print",
      type: choice(["debug", "info", "warn", "error"]),
      fallback: "info",
    },
    format: {
      flag: "log-format",
      group: "Health and log",
      help: "How lines look; auto is text on a terminal, JSON otherwise",
      type: choice(["auto", "text", "json"]),
      fallback: "auto",
    },
  },
  extraCaFile: {
    flag: "extra-ca-certificates",
    group: "Connections",
    help: "PEM file of authorities that are trusted beside those that are known: for registries, " +
      "for NATS with TLS, and for the API server",
    type: text("FILE"),
  },
  holdOnFaults: {
    flag: "hold-on-faults",
    group: "Health and log",
    help: "With settings that cannot be used, stay up without becoming ready instead of ending; " +
      "for pods, which would be started again and again",
    type: yesOrNo(),
    fallback: "false",
  },
} as const satisfies SettingTable;
