import type {
  BeatValue,
  ReadImageReport,
  ReportValue,
} from "../../../mod/pure/bucket/agent_wire.ts";
import type { NodeValue, WantedValue, WhyValue } from "../../../mod/pure/bucket/wire.ts";
import { sampleNode, sampleWanted } from "./sample_values.ts";

/** A fleet as a cluster on an ordinary day has it: nearly all is warm, and something is always wrong. */
export interface SampleFleet {
  readonly references: readonly string[];
  readonly nodes: readonly NodeValue[];
  readonly wanted: readonly WantedValue[];
  /** Why each of `references` is wanted. */
  readonly why: readonly WhyValue[];
  readonly beats: readonly BeatValue[];
  readonly reports: readonly ReportValue[];
}

const MINUTE_MS = 60_000;
const TEAMS = ["shop", "payments", "search", "platform", "media", "ml"];
const PARTS = ["api", "web", "worker", "gateway", "indexer", "exporter", "proxy", "trainer"];

/** Makes one; the same for the same numbers. `nowMs` is the time of the reports. */
export function sampleFleet(
  { nodes: nodeCount, images: imageCount, nowMs }: {
    readonly nodes: number;
    readonly images: number;
    readonly nowMs: number;
  },
): SampleFleet {
  const references = Array.from({ length: imageCount }, (_, number) => referenceOf(number));
  const nodes = Array.from({ length: nodeCount }, (_, number) => nodeOf(number));
  const at = new Date(nowMs).toISOString();
  const reports = nodes.map(({ name }, number): ReportValue => ({
    v: 1,
    node: name,
    agent: "0.3.0",
    runtime: { client: "v2.3.7", server: "v2.3.7" },
    at,
    images: Object.fromEntries(references.flatMap((reference, image) => {
      // Those of "ml" are for nodes with GPUs alone.
      if (reference.includes("/ml/") && !name.startsWith("gpu")) return [];
      return [[reference, cellOf(number, image, nowMs)]];
    })),
  }));
  return {
    references,
    nodes,
    reports,
    wanted: references.map((reference, number) =>
      sampleWanted(reference, {
        sizeBytes: sizeOf(number),
        priority: number % 7 === 0 ? 1000 : 0,
        placements: [{
          tolerations: [{ operator: "Exists" }],
          ...(reference.includes("/ml/") && { nodeSelector: { pool: "gpu" } }),
        }],
      })
    ),
    why: references.map((_, number) => whyOf(number)),
    beats: reports.map((report, number) => beatOf(report, number)),
  };
}

function referenceOf(number: number): string {
  const team = TEAMS[number % TEAMS.length];
  const part = PARTS[Math.floor(number / TEAMS.length) % PARTS.length];
  const round = Math.floor(number / (TEAMS.length * PARTS.length));
  const host = number % 5 === 0 ? "docker.io" : "registry.example.com";
  return `${host}/${team}/${part}${round === 0 ? "" : `-${round}`}:v1.${number % 23}.${number % 7}`;
}

function nodeOf(number: number): NodeValue {
  const pool = number % 20 === 19 ? "gpu" : number % 3 === 0 ? "batch" : "general";
  const name = `${pool}-${String(number).padStart(3, "0")}.eu-west-1.example`;
  const taints = pool === "gpu"
    ? [{ key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" }]
    : [];
  return {
    v: 1,
    ...sampleNode(name, { labels: { pool }, taints, unschedulable: number % 41 === 40 }),
  };
}

function cellOf(node: number, image: number, nowMs: number): ReadImageReport {
  const since = new Date(nowMs - ((node * 7 + image * 13) % 2000 + 1) * MINUTE_MS).toISOString();
  const bytes = sizeOf(image);
  const chance = (node * 31 + image * 17) % 997;
  if (image === 3) {
    return {
      state: "failed",
      since,
      reason: "not_found: manifest unknown, tag v1.3.3 is not there",
    };
  }
  if (image === 10 && node % 3 === 0) {
    return { state: "failed", since, reason: "denied: the registry wants a login" };
  }
  if (node % 50 === 7 && chance % 4 === 0) {
    return { state: "waiting", since, reason: "disk: 5.1 GB more than there is room for" };
  }
  if (chance === 5) {
    return {
      state: "failed",
      since,
      reason: "timeout: no byte came for 60 s",
      nextTry: new Date(nowMs + 3 * MINUTE_MS).toISOString(),
    };
  }
  if (chance === 11 || chance === 12) {
    const progress = { bytes: bytes * 0.4, totalBytes: bytes, secondsLeft: 14 };
    return { state: "pulling", since, progress };
  }
  if (chance === 20) return { state: "waiting", since };
  if (chance === 40) {
    return { state: "skipped", since, reason: "no_platform: none for linux/amd64" };
  }
  return { state: "warm", since, bytes, pullSeconds: 1 + image % 40 };
}

const sizeOf = (image: number): number => (20 + (image * 37) % 900) * 1_000_000;

function whyOf(number: number): WhyValue {
  const [team, part] = [TEAMS[number % TEAMS.length] ?? "", PARTS[number % PARTS.length] ?? ""];
  return {
    v: 1,
    count: 2,
    reasons: [
      { kind: "Deployment", namespace: team, name: `${part}-${number}` },
      { kind: "CronJob", namespace: team, name: `nightly-${number}`, next: "2026-11-28T02:00:00Z" },
    ],
  };
}

function beatOf({ node, agent, runtime, at, images }: ReportValue, number: number): BeatValue {
  const states = Object.values(images).map(({ state }) => state);
  const count = (wanted: string) => states.filter((state) => state === wanted).length;
  return {
    v: 1,
    node,
    agent,
    ...(runtime && { runtime }),
    at,
    disk: { usedPercent: 35 + (number * 11) % 45, freeBytes: 4e10 + number * 1e8 },
    images: {
      wanted: states.length,
      warm: count("warm"),
      pulling: count("pulling"),
      waiting: count("waiting"),
      failed: count("failed"),
    },
    uses: {
      since: at,
      firstUses: 12,
      misses: 1,
      late: 0,
      unusedBytes: 0,
      savedSeconds: 30 + number,
    },
  };
}
