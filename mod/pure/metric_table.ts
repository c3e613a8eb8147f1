import { FAILURE_RULES } from "./pulls/pull_outcome.ts";

/** One metric; `/metrics` shows its help as HELP and its type as TYPE. */
export interface MetricEntry {
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly labels: readonly string[];
  /** Which program exports it. */
  readonly of: "controller" | "agent" | "both";
  /** Values of a counter's only label that are shown from the start, as 0: a rate needs a first one. */
  readonly values?: readonly string[] | Readonly<Record<"controller" | "agent", readonly string[]>>;
  /** Upper bounds of a histogram. */
  readonly buckets?: readonly number[];
}

/** All metrics of both programs; the list in mod/README.md is generated from it. */
export const METRICS = {
  warm_images_build_info: {
    type: "gauge",
    of: "both",
    labels: ["version", "deno"],
    help: "Always 1; the labels say what runs",
  },
  warm_images_condition: {
    type: "gauge",
    of: "both",
    labels: ["condition"],
    help: "1 while a condition of /readyz holds, 0 while it does not",
  },
  process_cpu_seconds_total: {
    type: "counter",
    of: "both",
    labels: [],
    help: "Processor time that the program has used, its own and the system's for it",
  },
  process_resident_memory_bytes: {
    type: "gauge",
    of: "both",
    labels: [],
    help: "Memory that the program occupies",
  },
  process_start_time_seconds: {
    type: "gauge",
    of: "both",
    labels: [],
    help: "When the program started, since the epoch, by the clock of then",
  },
  warm_images_wanted: {
    type: "gauge",
    of: "controller",
    labels: [],
    help: "Images wanted anywhere",
  },
  warm_images_left_out: {
    type: "gauge",
    of: "controller",
    labels: [],
    help: "Wanted images for which the bucket has no room",
  },
  warm_images_warm: {
    type: "gauge",
    of: "controller",
    labels: [],
    help: "Wanted images that are present and usable, summed over the reports of all nodes",
  },
  warm_images_node_wanted: {
    type: "gauge",
    of: "agent",
    labels: [],
    help: "Images wanted on this node",
  },
  warm_images_node_warm: {
    type: "gauge",
    of: "agent",
    labels: [],
    help: "Wanted images that are present and usable on this node",
  },
  warm_images_node_as_bytes: {
    type: "gauge",
    of: "agent",
    labels: [],
    help:
      "Those of the warm images on this node of which only the bytes are kept, as they are private",
  },
  warm_images_kept_bytes: {
    type: "gauge",
    of: "agent",
    labels: [],
    help: "Bytes of private images that are kept apart from kubelet, as stored in registries",
  },
  warm_images_pulling: {
    type: "gauge",
    of: "agent",
    labels: [],
    help: "Pulls running now",
  },
  warm_images_waiting: {
    type: "gauge",
    of: "agent",
    labels: [],
    help: "Wanted images in the queue",
  },
  warm_images_failed: {
    type: "gauge",
    of: "agent",
    labels: ["reason"],
    help: "Wanted images that are not warm and whose last pull failed, by reason",
  },
  warm_images_skipped: {
    type: "gauge",
    of: "agent",
    labels: ["reason"],
    help:
      "Wanted images that this node does without, by reason: no_room (they do not fit on it), " +
      "no_platform (they have nothing for it), lazy_snapshotter (it starts containers without them)",
  },
  warm_images_pulls_total: {
    type: "counter",
    of: "agent",
    labels: ["result"],
    values: ["pulled", "cancelled", ...Object.keys(FAILURE_RULES)],
    help: "Pulls ended, by result (pulled, cancelled, or the reason of the failure)",
  },
  warm_images_pull_seconds: {
    type: "histogram",
    of: "agent",
    labels: [],
    buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600],
    help: "Time of successful pulls",
  },
  warm_images_pull_bytes_total: {
    type: "counter",
    of: "agent",
    labels: [],
    help: "Bytes of images that have arrived from registries through the agent, as stored there",
  },
  warm_images_pull_bytes_left: {
    type: "gauge",
    of: "agent",
    labels: [],
    help: "Bytes that running pulls have still to fetch, as far as known",
  },
  warm_images_pull_seconds_left: {
    type: "gauge",
    of: "agent",
    labels: [],
    help: "Time until the slowest of the running pulls has all bytes, at its present rate",
  },
  warm_images_registry_pulls_total: {
    type: "counter",
    of: "agent",
    labels: ["registry", "result"],
    help: "Pulls ended, by registry and how it went with that (pulled, failed, rate_limited); " +
      "registries from the 17th on are other",
  },
  warm_images_registry_bytes_total: {
    type: "counter",
    of: "agent",
    labels: ["registry"],
    values: ["other"],
    help: "The bytes that have arrived, by registry; those from the 17th on are other",
  },
  warm_images_yielded_seconds_total: {
    type: "counter",
    of: "agent",
    labels: [],
    help: "Time for which pulls stood still while somebody else downloaded (--yield-to-kubelet)",
  },
  warm_images_refreshes_total: {
    type: "counter",
    of: "agent",
    labels: ["result"],
    values: ["same", "moved", "failed"],
    help: "How often a registry was asked whether a tag has moved, by result",
  },
  warm_images_first_uses_total: {
    type: "counter",
    of: "agent",
    labels: [],
    help: "Images that were warm when a container on this node first needed them",
  },
  warm_images_first_uses_from_bytes_total: {
    type: "counter",
    of: "agent",
    labels: [],
    help: "Those of them that kubelet made of kept bytes: it fetched none, and had to unpack them",
  },
  warm_images_misses_total: {
    type: "counter",
    of: "agent",
    labels: [],
    help: "Wanted images that were not warm when a container on this node first needed them",
  },
  warm_images_late_total: {
    type: "counter",
    of: "agent",
    labels: [],
    help: "Misses of images that were being pulled by then, or waited for it",
  },
  warm_images_node_saved_seconds_total: {
    type: "counter",
    of: "agent",
    labels: [],
    help: "What the agent's own pulls of images took that containers then found warm",
  },
  warm_images_unused_bytes: {
    type: "gauge",
    of: "agent",
    labels: [],
    help: "Compressed size of images warm here, not as bytes, that no container has needed yet",
  },
  warm_images_never_used_bytes_total: {
    type: "counter",
    of: "agent",
    labels: [],
    help: "Compressed size of images that the agent pulled and that were deleted without any use",
  },
  warm_images_disk_used_percent: {
    type: "gauge",
    of: "agent",
    labels: [],
    help: "How full the file system of the images is, the fuller one where there are two",
  },
  warm_images_room_bytes: {
    type: "gauge",
    of: "agent",
    labels: [],
    help: "What may still be written to it below --disk-high",
  },
  warm_images_pinned: {
    type: "gauge",
    of: "agent",
    labels: [],
    help: "Images that kubelet's garbage collection is told to leave alone, by us",
  },
  warm_images_pinned_bytes: {
    type: "gauge",
    of: "agent",
    labels: [],
    help: "Disk that they take, blobs and unpacked layers together, as estimated",
  },
  warm_images_nodes: {
    type: "gauge",
    of: "controller",
    labels: [],
    help: "Nodes known to the controller",
  },
  warm_images_reports: {
    type: "gauge",
    of: "controller",
    labels: [],
    help: "Nodes whose agent has a complete report in the bucket",
  },
  warm_images_agents: {
    type: "gauge",
    of: "controller",
    labels: ["state"],
    help: "Nodes by their agent's last beat: fresh, stale (none for three minutes) or missing",
  },
  warm_images_oldest_beat_age_seconds: {
    type: "gauge",
    of: "controller",
    labels: [],
    help: "Time since the oldest of the last beats of all nodes' agents",
  },
  warm_images_leading: {
    type: "gauge",
    of: "controller",
    labels: [],
    help: "1 on the controller that writes",
  },
  warm_images_pass_seconds: {
    type: "histogram",
    of: "controller",
    labels: [],
    buckets: [0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    help: "Time of one pass over everything that is wanted",
  },
  warm_images_input_faults: {
    type: "gauge",
    of: "controller",
    labels: [],
    help: "Faulty items in the input right now; the log names each",
  },
  warm_images_watch_restarts_total: {
    type: "counter",
    of: "controller",
    labels: ["kind", "reason"],
    help: "Watches of the API server begun again, by reason",
  },
  warm_images_container_starts_total: {
    type: "counter",
    of: "controller",
    labels: ["result"],
    values: ["warm", "cold"],
    help:
      "First starts of pods from an image, by whether it was there (warm) or they waited for its " +
      "pull (cold); counted by the controller that writes, with Event among --kinds",
  },
  warm_images_wait_seconds: {
    type: "histogram",
    of: "controller",
    labels: [],
    buckets: [0, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600],
    help: "What these starts waited for their image, by kubelet's word; 0 where it was there",
  },
  warm_images_saved_seconds_total: {
    type: "counter",
    of: "controller",
    labels: [],
    help: "What warm starts from images that agents pulled would have waited for kubelet's pull",
  },
  warm_images_gate_nodes: {
    type: "gauge",
    of: "controller",
    labels: [],
    help: "Nodes that are kept from pods until they are warm (--gate)",
  },
  warm_images_gate_opened_total: {
    type: "counter",
    of: "controller",
    labels: ["by"],
    values: ["warm", "nothing_due", "limit"],
    help:
      "Nodes that were let go, by why: warm, nothing_due (no image was due there), or limit (the " +
      "time was up, whatever was missing)",
  },
  warm_images_gate_seconds: {
    type: "histogram",
    of: "controller",
    labels: [],
    buckets: [1, 5, 10, 30, 60, 120, 180, 300, 600, 1800],
    help: "How long nodes were kept from pods, since the Node was made",
  },
  warm_images_gate_writes_total: {
    type: "counter",
    of: "controller",
    labels: ["result"],
    values: ["changed", "unchanged", "gone", "refused", "failed"],
    help: "Changes to Nodes that were tried, by result",
  },
  warm_images_node_keys_total: {
    type: "counter",
    of: "controller",
    labels: ["result"],
    values: ["proven", "refused"],
    help: "Keys that nodes have shown, by whether it is proven whose they are",
  },
  warm_images_given_logins: {
    type: "gauge",
    of: "controller",
    labels: [],
    help: "Logins of pull secrets that lie in the bucket, encrypted for nodes that lack an image",
  },
  warm_images_pull_secret_faults_total: {
    type: "counter",
    of: "controller",
    labels: [],
    help: "Pull secrets that gave no login where one was needed; the log says why",
  },
  warm_images_taken_logins_total: {
    type: "counter",
    of: "agent",
    labels: ["result"],
    values: ["opened", "refused"],
    help: "Logins that the controller has encrypted for this node, by whether they opened",
  },
  warm_images_store_writes_total: {
    type: "counter",
    of: "both",
    labels: ["result"],
    values: ["ok", "failed", "too_large"],
    help: "Writes to the bucket, by result (ok, failed, too_large)",
  },
  warm_images_node_logins_total: {
    type: "counter",
    of: "controller",
    labels: ["result"],
    values: ["accepted", "refused", "unanswered"],
    help: "Logins of nodes at NATS that were answered for, by result (accepted, refused, " +
      "unanswered)",
  },
  warm_images_store_unreadable_total: {
    type: "counter",
    of: "both",
    labels: [],
    help: "Values in the bucket that could not be read and were skipped",
  },
  warm_images_reconnects_total: {
    type: "counter",
    of: "both",
    labels: ["to"],
    values: { controller: ["nats"], agent: ["nats", "containerd"] },
    help: "Connections established again (nats, containerd)",
  },
} as const satisfies Record<string, MetricEntry>;

/** Name of a metric in the table. */
export type MetricName = keyof typeof METRICS;
