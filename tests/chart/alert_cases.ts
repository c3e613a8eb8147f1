/** What an alert is tried on: series by minute, and which alerts fire at a time, and no others. */
export interface AlertCase {
  readonly name: string;
  /** Series beside those of `WELL`, or in place of them, in promtool's notation; undefined: none. */
  readonly series: Readonly<Record<string, string | undefined>>;
  readonly at: string;
  readonly fires: readonly Fired[];
}

/** Name, severity, and the labels that it has besides. */
export type Fired = readonly [
  alert: string,
  severity: string,
  labels?: Readonly<Record<string, string>>,
];

/** A name space, a controller that leads, one that stands by, and an agent. */
const series = (metric: string, pod: string, labels: Readonly<Record<string, string>> = {}) => {
  const all = Object.entries({ namespace: "wi", pod, ...labels });
  return `warm_images_${metric}{${all.map(([name, value]) => `${name}="${value}"`).join(", ")}}`;
};

const LEADS = series("leading", "c-a");
const STANDS_BY = series("leading", "c-b");
const NATS = series("condition", "a-1", { condition: "nats" });
const RUNTIME = series("condition", "a-1", { condition: "runtime" });
const MISSING = series("agents", "c-a", { state: "missing" });
const STALE = series("agents", "c-a", { state: "stale" });
const NETWORK = series("failed", "a-1", { reason: "network" });
const DISK_FULL = series("failed", "a-1", { reason: "disk_full" });
const NO_ROOM = series("skipped", "a-1", { reason: "no_room" });
const ROOM = series("room_bytes", "a-1");
const WAITING = series("waiting", "a-1");
const FAULTS = series("input_faults", "c-a");
const BY_LIMIT = series("gate_opened_total", "c-a", { by: "limit" });
const BY_WARM = series("gate_opened_total", "c-a", { by: "warm" });
const REFUSED = series("gate_writes_total", "c-a", { result: "refused" });

/** Where all is well: for four hours, a value a minute. */
export const WELL: Readonly<Record<string, string>> = {
  [LEADS]: "1x240",
  [STANDS_BY]: "0x240",
  [NATS]: "1x240",
  [RUNTIME]: "1x240",
  [MISSING]: "0x240",
  [STALE]: "0x240",
  [NETWORK]: "0x240",
  [DISK_FULL]: "0x240",
  [NO_ROOM]: "0x240",
  [ROOM]: "5e9x240",
  [WAITING]: "2x240",
  [FAULTS]: "0x240",
  [BY_LIMIT]: "0x240",
  [BY_WARM]: "0+3x240",
  [REFUSED]: "0x240",
};

const IN_WI = { namespace: "wi" };

/** What is tried: each alert fires in some, and nearly does in another. */
export const ALERT_CASES: readonly AlertCase[] = [
  { name: "all is well", series: {}, at: "3h", fires: [] },
  {
    name: "nobody leads for five minutes",
    series: { [LEADS]: "1x100 0x140" },
    at: "1h47m",
    fires: [["WarmImagesNoLeader", "warning", IN_WI]],
  },
  {
    name: "leading changes hands",
    series: { [LEADS]: "1x100 0x140", [STANDS_BY]: "0x103 1x140" },
    at: "1h47m",
    fires: [],
  },
  {
    name: "no controller is scraped",
    series: { [LEADS]: undefined, [STANDS_BY]: undefined },
    at: "6m",
    fires: [["WarmImagesNoLeader", "warning"]],
  },
  {
    name: "two programs lose NATS",
    series: { [NATS]: "1x100 0x140", [NATS.replace("a-1", "c-a")]: "1x100 0x140" },
    at: "1h47m",
    fires: [["WarmImagesNatsLost", "warning", IN_WI]],
  },
  {
    name: "NATS is back within five minutes",
    series: { [NATS]: "1x100 0x3 1x140" },
    at: "1h44m",
    fires: [],
  },
  {
    name: "nodes have no agent",
    series: { [MISSING]: "0x100 2x140" },
    at: "1h57m",
    fires: [["WarmImagesAgentsMissing", "warning", IN_WI]],
  },
  {
    name: "a node has just come",
    series: { [MISSING]: "0x100 2x8 0x140" },
    at: "1h50m",
    fires: [],
  },
  {
    name: "an agent has gone silent",
    series: { [STALE]: "0x100 1x140" },
    at: "1h52m",
    fires: [["WarmImagesAgentsStale", "warning", IN_WI]],
  },
  {
    name: "an agent was silent for some minutes",
    series: { [STALE]: "0x100 1x5 0x140" },
    at: "1h52m",
    fires: [],
  },
  {
    name: "images fail for an hour, on two nodes",
    series: { [NETWORK]: "0x30 2x210", [NETWORK.replace("a-1", "a-2")]: "1x240" },
    at: "1h40m",
    fires: [["WarmImagesFailing", "warning", { ...IN_WI, reason: "network" }]],
  },
  {
    name: "images have failed for less than an hour",
    series: { [NETWORK]: "0x150 2x90" },
    at: "3h20m",
    fires: [],
  },
  {
    name: "images fail now and then",
    series: { [NETWORK]: "1x40 0x5 1x40 0x5 1x40 0x5 1x40 0x5 1x40" },
    at: "3h",
    fires: [],
  },
  {
    name: "an agent is new, and its images fail from its start",
    series: { [series("failed", "a-3", { reason: "denied" })]: "_x120 4x120" },
    at: "2h50m",
    fires: [],
  },
  {
    name: "an image finds no room",
    series: { [NO_ROOM]: "0x100 1x140" },
    at: "2h12m",
    fires: [["WarmImagesNoRoom", "info", IN_WI]],
  },
  {
    name: "a disk runs full while pulls wait",
    series: { [ROOM]: "5e9x100 0x140" },
    at: "2h12m",
    fires: [["WarmImagesNoRoom", "info", IN_WI]],
  },
  {
    name: "a disk is full and nobody waits, and images have nothing for the platform",
    series: {
      [ROOM]: "0x240",
      [WAITING]: "0x240",
      [series("skipped", "a-1", { reason: "no_platform" })]: "3x240",
    },
    at: "3h",
    fires: [],
  },
  {
    name: "pulls fail for a full disk, for an hour",
    series: { [DISK_FULL]: "0x100 1x140" },
    at: "2h50m",
    fires: [
      ["WarmImagesFailing", "warning", { ...IN_WI, reason: "disk_full" }],
      ["WarmImagesNoRoom", "info", IN_WI],
    ],
  },
  {
    name: "a new node opens by the limit",
    series: { [BY_LIMIT]: "0x100 1x140" },
    at: "1h48m",
    fires: [["WarmImagesGateLimit", "warning", IN_WI]],
  },
  {
    name: "a new node opened by the limit some hours ago, and another leader counts from 0",
    series: { [BY_LIMIT]: "0x20 1x100 0x120" },
    at: "3h30m",
    fires: [],
  },
  {
    name: "the controller may not patch nodes",
    series: { [REFUSED]: "0x100 1x10 2x10 3x10 4x10 5x100" },
    at: "2h",
    fires: [["WarmImagesGateRefused", "warning", IN_WI]],
  },
  {
    name: "the right to patch nodes was granted after some minutes",
    series: { [REFUSED]: "0x20 1x10 2x210" },
    at: "2h",
    fires: [],
  },
  {
    name: "containerd does not answer",
    series: { [RUNTIME]: "1x100 0x140" },
    at: "1h57m",
    fires: [["WarmImagesNotReady", "warning", { ...IN_WI, condition: "runtime" }]],
  },
  {
    name: "a program has just started",
    series: { [RUNTIME]: "0x10 1x230" },
    at: "12m",
    fires: [],
  },
  {
    name: "the input is faulty",
    series: { [FAULTS]: "0x100 2x140" },
    at: "2h12m",
    fires: [["WarmImagesInputFaults", "info", IN_WI]],
  },
  {
    name: "the input was faulty for a while",
    series: { [FAULTS]: "0x100 2x20 0x140" },
    at: "2h12m",
    fires: [],
  },
];
