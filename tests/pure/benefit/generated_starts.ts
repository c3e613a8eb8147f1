import type { Warmth, WarmthCell } from "../../../mod/pure/benefit/starts.ts";

/** What a generated cluster did, and what a controller sees of it. */
export interface GeneratedCluster {
  readonly beganMs: number;
  /** In the order of being told. */
  readonly events: readonly { readonly raw: Record<string, unknown>; readonly toldMs: number }[];
  readonly warmth: Warmth;
  readonly truth: {
    readonly warm: number;
    readonly cold: number;
    readonly waitedSeconds: number;
    readonly savedSeconds: number;
    /** Starts whose first Event is lost. */
    readonly lost: number;
  };
}

const BEGAN = Date.parse("2026-11-27T10:00:00Z");
const NODES = 20;
const IMAGES = 50;
const OWN_PULL = 20;

/**
 * Pods that start over ten hours, each with one or two containers of one image or two. Half of the
 * images on a node are warm by us from the beginning; the others kubelet pulls for the first pod that
 * asks, and they stay cold for others as kubelet's garbage collection takes them at once. A fifth of
 * the pods have policy `Always`, a fifth restart up to three times, and a tenth of the Events are told
 * twice, as a list begins anew.
 */
export function generateStarts(
  { seed, pods, lostShare }: { seed: number; pods: number; lostShare: number },
): GeneratedCluster {
  const random = mulberry(seed);
  const below = (count: number) => Math.floor(random() * count);
  const events: { raw: Record<string, unknown>; toldMs: number }[] = [];
  const truth = { warm: 0, cold: 0, waitedSeconds: 0, savedSeconds: 0, lost: 0 };
  const tell = (of: Told) => {
    if (random() < lostShare) return false;
    const toldMs = of.lastMs + below(2_000);
    events.push({ raw: rawEvent(of), toldMs });
    if (random() < 0.1) events.push({ raw: rawEvent(of), toldMs: toldMs + below(600_000) });
    return true;
  };
  for (let pod = 0; pod < pods; pod++) {
    const base = { uid: `uid-${pod}`, node: `node-${below(NODES)}` };
    const always = random() < 0.2;
    let atMs = BEGAN + 60_000 + below(36_000_000);
    const images = random() < 0.3 ? [below(IMAGES), below(IMAGES)] : [below(IMAGES)];
    const containers = random() < 0.2 ? [...images, ...images.slice(0, 1)] : images;
    const started = new Set<string>();
    containers.forEach((number, index) => {
      const image = `reg.lab/image-${number}:1`;
      const of = { ...base, image, container: `c${index}` };
      const isFirst = !started.has(image);
      started.add(image);
      const isThere = isWarm(of.node, number) || !isFirst;
      const seconds = isThere ? always ? 0.1 + below(800) / 1000 : 0 : 2 + below(60_000) / 1000;
      atMs += 1000 * seconds + below(1_500);
      if (isFirst) {
        truth[isThere ? "warm" : "cold"]++;
        truth.waitedSeconds += seconds;
        if (isThere) truth.savedSeconds += OWN_PULL - seconds;
      }
      const pulled = seconds > 0 ? seconds : undefined;
      const wasTold = tell({ ...of, seconds: pulled, firstMs: atMs, lastMs: atMs, count: 1 });
      if (isFirst && !wasTold) truth.lost++;
      restart(of, atMs, always);
    });
  }
  events.sort((a, b) => a.toldMs - b.toldMs);
  return { beganMs: BEGAN, events, warmth: warmthOf(), truth };

  function restart(
    of: Omit<Told, "firstMs" | "lastMs" | "count">,
    firstMs: number,
    always: boolean,
  ) {
    const times = random() < 0.2 ? 1 + below(3) : 0;
    for (let count = 1; count <= times; count++) {
      const lastMs = firstMs + count * 40_000 + below(5_000);
      // The same text makes one Event whose count grows; a new duration makes a new Event.
      if (always) tell({ ...of, seconds: 0.1, firstMs: lastMs, lastMs, count: 1 });
      else tell({ ...of, firstMs: firstMs + 40_000, lastMs, count });
      if (random() < 0.2) tell({ ...of, firstMs, lastMs, count: 11, isCombined: true });
    }
  }
}

interface Told {
  readonly uid: string;
  readonly node: string;
  readonly image: string;
  readonly container: string;
  /** Of the pull; absent: it was there. */
  readonly seconds?: number | undefined;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly count: number;
  readonly isCombined?: boolean;
}

const isWarm = (node: string, number: number): boolean =>
  (Number(node.slice("node-".length)) + number) % 2 === 0;

function warmthOf(): Warmth {
  const cell = (node: string, image: string): WarmthCell | undefined => {
    const number = Number(/\d+/.exec(image)?.[0]);
    if (!isWarm(node, number)) return { state: "waiting", sinceMs: BEGAN };
    return { state: "warm", sinceMs: BEGAN - 60_000, pullSeconds: OWN_PULL };
  };
  return { cell, usualPullSeconds: () => undefined, hasGpu: () => false };
}

function rawEvent(of: Told): Record<string, unknown> {
  const { uid, node, image, container, seconds, firstMs, lastMs, count, isCombined } = of;
  const ms = Math.round((seconds ?? 0) * 1000);
  const duration = ms < 1000
    ? `${ms}ms`
    : `${ms >= 60_000 ? `${Math.floor(ms / 60_000)}m` : ""}${(ms % 60_000) / 1000}s`;
  const text = seconds === undefined
    ? `Container image "${image}" already present on machine`
    : `Successfully pulled image "${image}" in ${duration} (${duration} including waiting). ` +
      "Image size: 4096 bytes.";
  const toSecond = (time: number) => new Date(Math.floor(time / 1000) * 1000).toISOString();
  return {
    reason: "Pulled",
    message: isCombined ? `(combined from similar events): ${text}` : text,
    involvedObject: {
      kind: "Pod",
      namespace: "shop",
      name: uid,
      uid,
      fieldPath: `spec.containers{${container}}`,
    },
    source: { component: "kubelet", host: node },
    firstTimestamp: toSecond(firstMs),
    lastTimestamp: toSecond(lastMs),
    count,
  };
}

/** Numbers in [0, 1) that a seed decides. */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
