import { BUCKET_TABLE, NATS_RULES, NATS_TABLE } from "./nats_settings.ts";
import { PROCESS_TABLE } from "./process_settings.ts";
import { type Environment, readSettings, type SettingsOutcome } from "./settings.ts";
import {
  type Command,
  labelOf,
  type Program,
  type SettingTable,
  type SettingValues,
  variablesOf,
} from "./settings_table.ts";
import { AUTO, EVENT } from "../objects/kind_choice.ts";
import { GATE_TABLE } from "./gate_settings.ts";
import { PRIVATE_TABLE } from "./private_settings.ts";
import { readKind, readSpace, readTaintKey } from "./list_items.ts";
import {
  absolutePath,
  choice,
  duration,
  durationOrOff,
  list,
  onOrOff,
  repeated,
  text,
  wholeNumber,
  yesOrNo,
} from "./settings_values.ts";

/** All a controller can be told, its command included. */
export type ControllerSettings = ReturnType<typeof toSettings>;

/** What a namespace may be called. */
const NAMESPACE = {
  pattern: /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
  fault: "must be small letters, digits and -",
};

const TABLE = {
  manifests: {
    flag: "manifests",
    group: "Sources",
    help: "File or folder of manifests, or - for standard input, instead of an API server; " +
      "may be given several times",
    type: repeated("PATH"),
    fallback: "",
  },
  defaultNamespace: {
    flag: "default-namespace",
    group: "Sources",
    help: "Namespace of objects in manifests that name none, as helm template leaves them",
    type: text("NAME", NAMESPACE),
    fallback: "default",
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
    help: "Kinds of objects to look at: auto for Kubernetes' own and the known ones that the " +
      "cluster has, names of kinds, and resource.group or Kind.group for any other; with =.path " +
      "a field that holds images; and Event beside these, to count what starts of containers waited",
    type: list("KINDS", readKind, { atLeastOne: true }),
    fallback: AUTO,
  },
  namespaced: {
    flag: "namespaced",
    group: "Sources",
    help:
      "Read the namespaces of list-spaces alone, each for itself: for an account that may not " +
      "read all. They must be names without globs",
    type: yesOrNo(),
    fallback: "false",
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
    keepRevisions: {
      flag: "keep-revisions",
      group: "Wanted images",
      help: "How many revisions of a workload before its current one stay wanted, for a rollback",
      type: wholeNumber(0, 10),
      fallback: "1",
    },
    cronLeadMs: {
      flag: "cron-lead",
      group: "Wanted images",
      help:
        "How long before a run images of CronJobs and their like become wanted, until the hour " +
        "of the run is over; off: they always are",
      type: durationOrOff("1m", "8760h"),
      fallback: "off",
    },
    onlyMarked: {
      flag: "only-marked",
      group: "Wanted images",
      help: 'Only what is marked warm-images/watch: "true" counts, or is in a namespace that is; ' +
        "list-images counts always",
      type: yesOrNo(),
      fallback: "false",
    },
  },
  forgetAfterMs: {
    flag: "forget-after",
    group: "Wanted images",
    help: "How long an image stays wanted after the last object that named it is gone",
    type: duration("0s", "8760h"),
    fallback: "1h",
  },
  startupTaints: {
    flag: "startup-taints",
    group: "Wanted images",
    help: "Further taints that nodes have only while they start, which do not keep images away: " +
      "keys and globs",
    type: list("KEYS", readTaintKey),
    fallback: "",
  },
  gate: GATE_TABLE,
  private: PRIVATE_TABLE,
  failureEvents: {
    flag: "failure-events",
    group: "Events",
    help: "Whether workloads get a Kubernetes Event, WarmImageFailed, when nodes cannot get an " +
      "image that they want; needs the rights to create and patch events. None with manifests",
    type: onOrOff(),
    fallback: "off",
  },
  output: {
    flag: "output",
    group: "Output",
    help: "How status, why and plan print",
    type: choice(["table", "json"]),
    fallback: "table",
  },
  status: {
    watch: {
      flag: "watch",
      only: "switch",
      group: "Status",
      help: "Go on showing it, live, until ended",
      type: yesOrNo(),
      fallback: "false",
    },
    wait: {
      flag: "wait",
      only: "switch",
      group: "Status",
      help: "Wait until it is all warm on every node that may run it: 0 then, 1 when time is up, " +
        "3 when a fault makes waiting useless",
      type: yesOrNo(),
      fallback: "false",
    },
    benefit: {
      flag: "benefit",
      only: "switch",
      group: "Status",
      help: "Print what starts of containers have waited for images, and what they were saved, " +
        "by namespace",
      type: yesOrNo(),
      fallback: "false",
    },
    timeoutMs: {
      flag: "timeout",
      only: "flag",
      group: "Status",
      help: "How long --wait and remove-bytes wait",
      type: duration("1s", "8760h"),
      fallback: "10m",
    },
  },
  whyNode: {
    flag: "node",
    only: "flag",
    group: "Why",
    help: "The one node to explain it for",
    type: text("NAME"),
  },
  plan: {
    diff: {
      flag: "diff",
      only: "switch",
      group: "Plan",
      help: "Compare with what stands in the bucket: what would come, and what would go. With " +
        "--manifests only what the objects in these want, and did, is compared, by the rules of the " +
        "controller that writes the bucket. The exit code is 0 whatever changes",
      type: yesOrNo(),
      fallback: "false",
    },
    sizes: {
      flag: "sizes",
      only: "switch",
      group: "Plan",
      help: "Ask registries, without a login, how large the images are that no node has reported",
      type: yesOrNo(),
      fallback: "false",
    },
  },
  controllerUrl: {
    flag: "controller-url",
    group: "Check",
    help: "Where check finds the health port of a running controller",
    type: text("URL", {
      pattern: /^https?:\/\/[^\s/@?#]+$/,
      fault: "must be http://host:port",
    }),
    fallback: "http://127.0.0.1:8080",
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
      type: text("NAME", NAMESPACE),
    },
  },
  logins: {
    fullname: {
      flag: "logins-for",
      group: "Logins",
      help: "What the chart calls its objects of a release: Secrets and NATS are named after it",
      type: text("NAME", {
        pattern: /^[a-z0-9]([a-z0-9.-]{0,43}[a-z0-9])?$/,
        fault: "must be up to 45 small letters, digits, - and .",
      }),
      fallback: "warm-images",
    },
    agentNamespace: {
      flag: "agent-namespace",
      group: "Logins",
      help: "Namespace of the agents; when not given, that of the pod's account",
      type: text("NAME", NAMESPACE),
    },
    workload: {
      flag: "nats-workload",
      group: "Logins",
      help: "What the chart's NATS is; it is restarted when its logins changed",
      type: choice(["deployments", "statefulsets"]),
      fallback: "deployments",
    },
  },
  page: {
    flag: "page",
    group: "Health and log",
    help: "Whether a page beside /metrics, at /, shows what is warm where, to all who reach it",
    type: onOrOff(),
    fallback: "on",
  },
  nodeUsersFile: {
    flag: "node-users",
    group: "NATS",
    help: "File of the seeds by which logins of nodes are answered for, when NATS asks by auth " +
      "callout: a node's agent logs in with the token of its service account",
    type: absolutePath(),
  },
  nats: NATS_TABLE,
  bucket: BUCKET_TABLE,
  ...PROCESS_TABLE,
} as const satisfies SettingTable;

const COMMANDS = {
  run: { help: "Follow the source and write what is wanted, until stopped" },
  status: {
    help: "Print what is warm where, the worst node first; of nodes or images, also by parts of " +
      "their names, all details",
    operands: { text: "[NODE|IMAGE]…", most: Infinity },
  },
  why: {
    help: "Explain why an image is wanted or not, where it may run, and how it stands there",
    operands: { text: "IMAGE", most: 1, least: 1 },
  },
  plan: { help: "Print what would be wanted, by whom and where; writes nothing" },
  "make-logins": {
    help: "Make the logins of the chart's own NATS that are missing, and leave the others",
  },
  "remove-bytes": {
    help: "Have agents give up the bytes that they keep of private images, and wait until they " +
      "have: before an uninstall",
  },
  "remove-logins": { help: "Delete these logins, unless that NATS is still installed" },
  check: {
    help: "Ask a running controller whether it is ready and agents report; waits two minutes",
  },
} as const satisfies Readonly<Record<string, Command>>;

/** What the controller can be told; `--help` and the list in mod/README.md are made from it. */
export const CONTROLLER_PROGRAM: Program<typeof TABLE> = {
  name: "warm-images-controller",
  about: "Finds out which images may be needed soon, from the Kubernetes API or from manifests, " +
    "and keeps the list in NATS. Agents on the nodes read it there and pull.",
  commands: COMMANDS,
  table: TABLE,
  rules: [...NATS_RULES, { flag: "node-users", type: "excludes", others: ["manifests"] }, {
    flag: "wait",
    type: "excludes",
    others: ["watch"],
  }, {
    flag: "benefit",
    type: "excludes",
    others: ["watch", "wait"],
  }],
  examples: [
    "warm-images-controller --nats-url nats://nats:4222 --ignore-spaces 'kube-* test'",
    "warm-images-controller plan --manifests ./deploy --output json",
    "helm template ./shop | warm-images-controller plan --manifests - --default-namespace shop --diff",
    "warm-images-controller why nginx:1.27 --node node-7",
  ],
};

/** Reads the controller's command line and environment. */
export function readControllerSettings(
  args: readonly string[],
  env: Environment,
): SettingsOutcome<ControllerSettings> {
  return withKinds(withoutGlobs(readSettings(CONTROLLER_PROGRAM, args, env, toSettings)));
}

/** The variables the controller reads; client-node and the pod's environment may add theirs. */
export function controllerVariables(): string[] {
  return variablesOf(TABLE);
}

function toSettings(
  values: SettingValues<typeof TABLE>,
  word: string,
  operands: readonly string[],
) {
  return { ...values, command: isCommand(word) ? word : "run" as const, operands };
}

function isCommand(word: string): word is keyof typeof COMMANDS {
  return Object.hasOwn(COMMANDS, word);
}

/** Events name no images: with them alone nothing would be wanted. */
function withKinds(
  outcome: SettingsOutcome<ControllerSettings>,
): SettingsOutcome<ControllerSettings> {
  if (outcome.type !== "settings") return outcome;
  const { settings } = outcome;
  if (settings.kinds.some((kind) => kind !== EVENT)) return outcome;
  const fault = `${labelOf(TABLE.kinds)}: ${EVENT} alone names no images: ${AUTO} ${EVENT}`;
  const holds = settings.holdOnFaults && settings.command === "run";
  return { type: "faults", faults: [fault], held: holds ? settings : undefined };
}

/** Namespaces that are read each for itself must be known by name. */
function withoutGlobs(
  outcome: SettingsOutcome<ControllerSettings>,
): SettingsOutcome<ControllerSettings> {
  if (outcome.type !== "settings" || !outcome.settings.namespaced) return outcome;
  const { settings } = outcome;
  const globs = settings.rules.listSpaces.filter((space) => /[*?]/.test(space));
  if (globs.length === 0) return outcome;
  const { namespaced, rules } = TABLE;
  const fault = `${labelOf(namespaced)}: cannot be combined with the globs ` +
    `${globs.map((glob) => `"${glob}"`).join(", ")} of ${labelOf(rules.listSpaces)}`;
  const holds = settings.holdOnFaults && settings.command === "run";
  return { type: "faults", faults: [fault], held: holds ? settings : undefined };
}
