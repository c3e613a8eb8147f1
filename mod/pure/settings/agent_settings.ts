import { NATS_RULES, NATS_TABLE } from "./nats_settings.ts";
import { LOGIN_RULES, LOGIN_TABLE } from "./private_settings.ts";
import { PROCESS_TABLE } from "./process_settings.ts";
import { type Environment, readSettings, type SettingsOutcome } from "./settings.ts";
import {
  type Program,
  type SettingTable,
  type SettingValues,
  variablesOf,
} from "./settings_table.ts";
import {
  absolutePath,
  byteSize,
  byteSizeOrOff,
  choice,
  duration,
  durationOrOff,
  onOrOff,
  percent,
  text,
  wholeNumber,
} from "./settings_values.ts";

/** All an agent can be told; without a `nodeName` it takes the host name. */
export type AgentSettings = SettingValues<typeof TABLE>;

const TABLE = {
  nodeName: {
    flag: "node-name",
    group: "Node",
    help: "Name of this node in Kubernetes; the host name when not given",
    // A Node's name is a DNS subdomain: kubernetes.io/docs/concepts/overview/working-with-objects/names
    type: text("NAME", {
      pattern: /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/,
      fault: "must be the name of a node: small letters, digits, - and .",
    }),
  },
  containerd: {
    address: {
      flag: "containerd-address",
      group: "Node",
      help: "Socket of containerd",
      type: absolutePath(),
      fallback: "/run/containerd/containerd.sock",
    },
    namespace: {
      flag: "containerd-namespace",
      group: "Node",
      help: "Namespace of containerd that holds the images; kubelet's is k8s.io",
      // containerd's rule for identifiers: github.com/containerd/containerd/blob/main/pkg/identifiers
      type: text("NAME", {
        pattern: /^[A-Za-z0-9]+([-_.][A-Za-z0-9]+)*$/,
        fault: "must be letters and digits, with single -, _ or . between them",
      }),
      fallback: "k8s.io",
    },
    root: {
      flag: "containerd-root",
      group: "Node",
      help: "Where containerd keeps its data; --disk-high is about its file system",
      type: absolutePath(),
      fallback: "/var/lib/containerd",
    },
    ctr: {
      flag: "ctr",
      group: "Node",
      help: "The ctr to run: a name on PATH, or an absolute path",
      type: text("COMMAND", {
        pattern: /^(\/|[^/-][^/]*$)/,
        fault: "must be a name on PATH or an absolute path",
      }),
      fallback: "ctr",
    },
    hostsDir: {
      flag: "hosts-dir",
      group: "Node",
      help: "Folder of hosts.toml files with registries' mirrors and certificates",
      type: absolutePath(),
      fallback: "/etc/containerd/certs.d",
    },
    snapshotter: {
      flag: "snapshotter",
      group: "Node",
      help: "Snapshotter of containerd that kubelet's containers use; auto: theirs is looked up",
      type: text("NAME|auto", {
        pattern: /^[A-Za-z0-9]+([-_.][A-Za-z0-9]+)*$/,
        fault: "must be auto, or the name of a snapshotter",
      }),
      fallback: "auto",
    },
  },
  pullParallel: {
    flag: "pull-parallel",
    group: "Pulls",
    help: "How many pulls run at a time",
    type: wholeNumber(1, 50),
    fallback: "3",
  },
  pullsPerRegistry: {
    flag: "pulls-per-registry",
    group: "Pulls",
    help: "How many of them may be from one registry, so that one that hangs does not hold up all",
    type: wholeNumber(1, 50),
    fallback: "2",
  },
  relay: {
    on: {
      flag: "relay",
      group: "Relay",
      help: "Whether the bytes of pulls come through the agent, which fetches large layers over " +
        "several connections, and knows sizes and progress; off: ctr asks registries by itself",
      type: onOrOff(),
      fallback: "on",
    },
    folder: {
      flag: "relay-dir",
      group: "Relay",
      help: "Folder for what concerns running pulls, in memory, at the same path on the node",
      type: absolutePath(),
      fallback: "/run/warm-images",
    },
    connections: {
      flag: "pull-connections",
      group: "Relay",
      help:
        "Over how many connections the parts of large layers are fetched, of all pulls together",
      type: wholeNumber(1, 64),
      fallback: "8",
    },
    bytesPerSecond: {
      flag: "pull-rate-bytes",
      group: "Relay",
      help: "The most that all pulls together fetch in a second, such as 50MB; off: no limit",
      type: byteSizeOrOff(),
      fallback: "off",
    },
    requestsPerSecond: {
      flag: "registry-rate-requests",
      group: "Relay",
      help: "The most requests to one registry in a second; 0: no limit",
      type: wholeNumber(0, 10_000),
      fallback: "0",
    },
  },
  logins: LOGIN_TABLE,
  yieldToKubelet: {
    flag: "yield-to-kubelet",
    group: "Pulls",
    help: "Whether pulls stand still while somebody else, such as kubelet, pulls on this node",
    type: onOrOff(),
    fallback: "on",
  },
  pullIdleTimeoutMs: {
    flag: "pull-idle-timeout",
    group: "Pulls",
    help: "A pull without progress for so long is ended and tried again later",
    type: duration("1s", "24h"),
    fallback: "2m",
  },
  diskHighPercent: {
    flag: "disk-high",
    group: "Pulls",
    help: "No pull starts while the disk is fuller than this; keep it below kubelet's 85",
    type: percent(),
    fallback: "80",
  },
  maxBytes: {
    flag: "max-bytes",
    group: "Pulls",
    help: "The most that wanted images may take of the disk, such as 200GB; off: no limit but " +
      "--disk-high",
    type: byteSizeOrOff(),
    fallback: "off",
  },
  maxImages: {
    flag: "max-images",
    group: "Pulls",
    help: "How many wanted images are kept warm at most; 0: no limit",
    type: wholeNumber(0, 100_000),
    fallback: "0",
  },
  pins: {
    which: {
      flag: "pin",
      group: "Keeping",
      help: "Which warm images kubelet's garbage collection is told to leave alone, with " +
        "containerd 1.7 or newer: none (off), those that a pod waits for or needs soon (due), or " +
        "all that are wanted; pods may be evicted before pinned images go",
      type: choice(["off", "due", "wanted"]),
      fallback: "off",
    },
    maxBytes: {
      flag: "pin-bytes",
      group: "Keeping",
      help: "The most that pinned images may take of the disk",
      type: byteSize(),
      fallback: "20GB",
    },
    forMs: {
      flag: "pin-for",
      group: "Keeping",
      help: "How long an image stays pinned after it became warm",
      type: duration("1m", "8760h"),
      fallback: "24h",
    },
    unpinOnExit: {
      flag: "unpin-on-exit",
      group: "Keeping",
      help: "Whether pins are taken back when the agent ends",
      type: onOrOff(),
      fallback: "off",
    },
  },
  lookAgainMs: {
    flag: "look-again",
    group: "Pulls",
    help: "How often every wanted image is looked at again",
    type: duration("1s", "24h"),
    fallback: "10m",
  },
  refreshEveryMs: {
    flag: "refresh-every",
    group: "Pulls",
    help:
      "How often the registry is asked whether a tag has moved, for images that kubelet looks " +
      "up at each start (imagePullPolicy: Always, or latest); off: never",
    type: durationOrOff("1m", "8760h"),
    fallback: "6h",
  },
  exitWhenRuntimeLostMs: {
    flag: "exit-when-runtime-lost",
    group: "Node",
    help: "End when nobody has listened at containerd's socket for so long, 0s for never; for a " +
      "socket mounted into a container, which stays the old one when containerd restarts",
    type: duration("0s", "24h"),
    fallback: "0s",
  },
  nats: NATS_TABLE,
  ...PROCESS_TABLE,
} as const satisfies SettingTable;

/** What the agent can be told; `--help` and the list in mod/README.md are made from it. */
export const AGENT_PROGRAM: Program<typeof TABLE> = {
  name: "warm-images-agent",
  about: "Keeps the images that this node may need present in its containerd, pulled before a " +
    "pod asks for them. It follows the wanted images in NATS and reports what is really there.",
  commands: {},
  table: TABLE,
  rules: [...NATS_RULES, ...LOGIN_RULES],
  examples: [
    "warm-images-agent --nats-url nats://nats:4222 --node-name worker-1",
    "NATS_USERNAME=warm NATS_PASSWORD=… warm-images-agent --pull-parallel 5 --disk-high 70",
  ],
};

/** Reads the agent's command line and environment. */
export function readAgentSettings(
  args: readonly string[],
  env: Environment,
): SettingsOutcome<AgentSettings> {
  return readSettings(AGENT_PROGRAM, args, env, (values) => values);
}

/** The variables the agent reads. */
export function agentVariables(): string[] {
  return variablesOf(TABLE);
}
