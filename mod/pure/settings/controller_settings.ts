import { closest } from "fastest-levenshtein";
import { BUCKET_TABLE, NATS_RULES, NATS_TABLE } from "./nats_settings.ts";
import { PROCESS_TABLE } from "./process_settings.ts";
import { type Environment, readSettings, type SettingsOutcome } from "./settings.ts";
import {
  type Program,
  type Reading,
  type SettingTable,
  type SettingValues,
  variablesOf,
} from "./settings_table.ts";
import { WORKLOAD_KIND_NAMES } from "../wants/kinds.ts";
import { choice, duration, list, repeated, text } from "./settings_values.ts";

/** All a controller can be told, its command included. */
export type ControllerSettings = ReturnType<typeof toSettings>;

const TABLE = {
  manifests: {
    flag: "manifests",
    group: "Sources",
    help: "File or folder of manifests, or - for standard input, instead of an API server; " +
      "may be given several times",
    type: repeated("PATH"),
    fallback: "",
  },
  kubeconfig: {
    flag: "kubeconfig",
    group: "Sources",
    help:
      "How to reach the API server; when not given, the pod's own account, else the user's file",
    type: text("FILE"),
  },
  kinds: {
    flag: "kinds",
    group: "Sources",
    help: "Kinds of workloads to look at",
    type: list("KINDS", readKind, { atLeastOne: true }),
    fallback: WORKLOAD_KIND_NAMES.join(" "),
  },
  rules: {
    listSpaces: {
      flag: "list-spaces",
      group: "Wanted images",
      help: "Namespaces to look at; names and globs",
      type: list("NAMES", readSpace, { atLeastOne: true }),
      fallback: "*",
    },
    ignoreSpaces: {
      flag: "ignore-spaces",
      group: "Wanted images",
      help: "Namespaces to leave out; names and globs",
      type: list("NAMES", readSpace),
      fallback: "",
    },
    ignoreImages: {
      flag: "ignore-images",
      group: "Wanted images",
      help: "Images whose reference contains one of these texts are not wanted",
      type: list("TEXTS", (value) => ({ value })),
      fallback: "",
    },
    listImages: {
      flag: "list-images",
      group: "Wanted images",
      help: "Images wanted on every node although no object names them",
      type: list("IMAGES", (value) => ({ value })),
      fallback: "",
    },
  },
  forgetAfterMs: {
    flag: "forget-after",
    group: "Wanted images",
    help: "How long an image stays wanted after the last object that named it is gone",
    type: duration("0s", "8760h"),
    fallback: "1h",
  },
  output: {
    flag: "output",
    group: "Wanted images",
    help: "How plan prints",
    type: choice(["table", "json"]),
    fallback: "table",
  },
  lease: {
    name: {
      flag: "lease-name",
      group: "Election",
      help: "Lease by which several controllers agree on the one that writes",
      type: text("NAME", {
        pattern: /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/,
        fault: "must be small letters, digits, - and .",
      }),
      fallback: "warm-images",
    },
    namespace: {
      flag: "lease-namespace",
      group: "Election",
      help: "Namespace of the Lease; when not given, that of the pod's account, else default",
      type: text("NAME", {
        pattern: /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
        fault: "must be small letters, digits and -",
      }),
    },
  },
  nats: NATS_TABLE,
  bucket: BUCKET_TABLE,
  ...PROCESS_TABLE,
} as const satisfies SettingTable;

/** What the controller can be told; `--help` and the list in mod/README.md are made from it. */
export const CONTROLLER_PROGRAM: Program<typeof TABLE> = {
  name: "warm-images-controller",
  about: "Finds out which images may be needed soon, from the Kubernetes API or from manifests, " +
    "and keeps the list in NATS. Agents on the nodes read it there and pull.",
  commands: {
    run: "Follow the source and write what is wanted, until stopped",
    plan: "Print what would be wanted, by whom and where; writes nothing",
  },
  table: TABLE,
  rules: NATS_RULES,
  examples: [
    "warm-images-controller --nats-url nats://nats:4222 --ignore-spaces 'kube-* test'",
    "warm-images-controller plan --manifests ./deploy --output json",
  ],
};

/** Reads the controller's command line and environment. */
export function readControllerSettings(
  args: readonly string[],
  env: Environment,
): SettingsOutcome<ControllerSettings> {
  return readSettings(CONTROLLER_PROGRAM, args, env, toSettings);
}

/** The variables the controller reads; client-node and the pod's environment may add theirs. */
export function controllerVariables(): string[] {
  return variablesOf(TABLE);
}

function toSettings(values: SettingValues<typeof TABLE>, word: string) {
  const command: "run" | "plan" = word === "plan" ? "plan" : "run";
  return { ...values, command };
}

/** A kind in any case, singular or plural. */
function readKind(text: string): Reading<string> {
  const wanted = text.toLowerCase();
  const kind = WORKLOAD_KIND_NAMES.find((known) =>
    [known, `${known}s`].some((each) => each.toLowerCase() === wanted)
  );
  return kind === undefined
    ? { fault: `is no known kind, the nearest known one is ${closest(text, WORKLOAD_KIND_NAMES)}` }
    : { value: kind };
}

/** A namespace's name with `*` and `?` for any characters. */
function readSpace(text: string): Reading<string> {
  return /^[a-z0-9*?-]{1,63}$/.test(text)
    ? { value: text }
    : { fault: "cannot be a namespace: small letters, digits, - and the globs * and ?" };
}
