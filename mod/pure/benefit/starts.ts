import type { PulledEvent } from "./pulled_event.ts";
import { RecentMap } from "./recent_map.ts";

/** What our own reports say of images on nodes. */
export interface Warmth {
  /** Of one image on one node. */
  cell(node: string, image: string): WarmthCell | undefined;
  /** How long our pulls of an image usually take; undefined where no node has told of one. */
  usualPullSeconds(image: string): number | undefined;
  /** Whether a node has GPUs. */
  hasGpu(node: string): boolean;
}

/** As much of a report's cell as is looked at. */
export interface WarmthCell {
  readonly state: string;
  /** What is kept of a warm one; absent: the image. */
  readonly as?: string | undefined;
  /** Since when it is in this state, in ms since the epoch. */
  readonly sinceMs: number;
  /** How long our last pull of it took; absent where it came another way. */
  readonly pullSeconds?: number | undefined;
}

/** The first start in a pod from an image. */
export interface ContainerStart {
  readonly namespace: string;
  readonly image: string;
  readonly result: "warm" | "cold";
  /** What it waited for its image. */
  readonly waitedSeconds: number;
  /** What it would have waited without us, less what it did wait. */
  readonly savedSeconds: number;
  readonly onGpu: boolean;
}

/**
 * A start is judged so long after it: a report is written seconds after the image is warm, and of two
 * Events of one pod the second may come first.
 */
export const GRACE_MS = 15_000;
/** A node whose clock is ahead holds nothing up for longer. */
const MAX_WAIT_MS = 120_000;
/** API servers keep Events for an hour: what tells of an earlier start is a repetition. */
const KEPT_MS = 3_600_000;
/** Of a day with 150,000 pods most are remembered. */
const MAX_SEEN = 100_000;
const MAX_PULLS = 20_000;
/** Events that wait for their judgement; a storm beyond that is judged at once. */
const MAX_PENDING = 20_000;
/** An image that kubelet has pulled is ours again only by a pull that clearly came later. */
const CLEARLY_MS = 60_000;
/** To ask a registry whether a tag has moved takes less, as a rule 0.1 to 0.5 s. */
const QUESTION_SECONDS = 1;
/**
 * To make an image of bytes that are kept is to unpack them; a pull that takes much longer than their
 * fetch did, and than this, has fetched others, as the tag had moved.
 */
const UNPACK_SECONDS = 10;

/**
 * Makes starts of Events. A pod starts once from an image: restarts, and further containers of the same
 * image, which find what the first has waited for, are no starts of their own. So a container that is
 * restarted counts once, and no image is warm just because a sibling has pulled it.
 *
 * - `present`: a warm start.
 * - `pulled`: a cold start, unless the image was there before (by our report of that node, or as
 *   kubelet had pulled it earlier) and the pull was as short as a question to the registry is: under a
 *   second, or under half of our own pull. That is what policy `Always` does with an image that is there.
 *   A pull of an image that is kept as bytes is a warm start as well: kubelet fetched nothing, and what
 *   it saves is what the fetch took, as the unpacking that it waited for was not spared.
 *
 * Any other warm start saves what our own pull of that image on that node took, or the median over nodes where
 * that node does not know any more; nothing where the image was not warm by our report, or where kubelet
 * itself had pulled it there.
 */
export class Starts {
  readonly #warmth: Warmth;
  readonly #sinceMs: number;
  readonly #seen = new RecentMap<true>(MAX_SEEN);
  /** When kubelet has pulled an image on a node. */
  readonly #pulls = new RecentMap<number>(MAX_PULLS);
  readonly #pending = new Map<string, Pending>();
  /** For one round of judgements: all nodes are looked at for each. */
  readonly #usual = new Map<string, number>();
  #untilMs: number;

  /** Starts after `sinceMs` count; all before were counted, or came before we began. */
  constructor(warmth: Warmth, sinceMs: number) {
    this.#warmth = warmth;
    this.#sinceMs = sinceMs;
    this.#untilMs = sinceMs;
  }

  /** Starts up to this time have been judged, as far as their Events have come; ms since the epoch. */
  get untilMs(): number {
    return this.#untilMs;
  }

  /** How many wait for their judgement. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Takes an Event in, which may be one that was told before. */
  tell(event: PulledEvent, nowMs: number): void {
    const key = `${event.podUid} ${event.image}`;
    const pending = this.#pending.get(key);
    if (pending !== undefined) {
      if (isBefore(event, pending.event)) this.#pending.set(key, { ...pending, event });
      return;
    }
    const wasSeen = this.#seen.get(key) !== undefined;
    this.#seen.set(key, true);
    if (wasSeen) return;
    if (event.at > Math.max(this.#sinceMs, nowMs - KEPT_MS)) {
      this.#pending.set(key, { event, cameMs: nowMs });
      return;
    }
    if (event.result === "pulled" && !this.#isQuestion(event)) this.#notePull(event);
  }

  /** The starts that can be judged by now, in their order. */
  judge(nowMs: number): ContainerStart[] {
    const untilMs = Math.floor((nowMs - GRACE_MS) / 1000) * 1000 - 1;
    this.#untilMs = Math.max(this.#untilMs, untilMs);
    const isFull = this.#pending.size > MAX_PENDING;
    const due: PulledEvent[] = [];
    for (const [key, { event, cameMs }] of this.#pending) {
      if (!isFull && event.at > untilMs && cameMs > nowMs - MAX_WAIT_MS) continue;
      this.#pending.delete(key);
      due.push(event);
    }
    due.sort((a, b) => isBefore(a, b) ? -1 : isBefore(b, a) ? 1 : 0);
    this.#usual.clear();
    return due.map((event) => this.#start(event));
  }

  #start(event: PulledEvent): ContainerStart {
    const { namespace, image, node, waitingSeconds } = event;
    const fetchSeconds = this.#sparedFetch(event);
    const isQuestion = fetchSeconds === undefined &&
      (event.result === "present" || this.#isQuestion(event));
    if (!isQuestion) this.#notePull(event);
    const spared = isQuestion ? this.#ownPullSeconds(event) - waitingSeconds : fetchSeconds ?? 0;
    return {
      namespace,
      image,
      result: isQuestion || fetchSeconds !== undefined ? "warm" : "cold",
      waitedSeconds: waitingSeconds,
      savedSeconds: Math.max(spared, 0),
      onGpu: this.#warmth.hasGpu(node),
    };
  }

  /** What fetching took that a pull of kept bytes was spared; undefined: it was no such pull. */
  #sparedFetch(
    { node, image, at, result, seconds, waitingSeconds }: PulledEvent,
  ): number | undefined {
    const cell = this.#warmth.cell(node, image);
    if (result !== "pulled" || cell?.state !== "warm" || cell.as !== "bytes") return undefined;
    if (cell.sinceMs >= at - waitingSeconds * 1000) return undefined;
    // Reports tell minutes later that kubelet has made an image of the bytes.
    if ((this.#pulls.get(`${node} ${image}`) ?? -Infinity) > cell.sinceMs) return undefined;
    const fetchSeconds = cell.pullSeconds ?? this.#usualSeconds(image);
    return seconds < Math.max(UNPACK_SECONDS, 2 * fetchSeconds) ? fetchSeconds : undefined;
  }

  /** Whether kubelet has only asked whether the image that is there is still the one. */
  #isQuestion({ node, image, at, seconds, waitingSeconds }: PulledEvent): boolean {
    const beganMs = at - waitingSeconds * 1000;
    const cell = this.#warmth.cell(node, image);
    const pulledAt = this.#pulls.get(`${node} ${image}`);
    const wasWarm = cell?.state === "warm" && cell.sinceMs < beganMs;
    const wasPulled = pulledAt !== undefined && pulledAt < beganMs;
    if (!wasWarm && !wasPulled) return false;
    return seconds < Math.max(QUESTION_SECONDS, (cell?.pullSeconds ?? 0) / 2);
  }

  /** How long kubelet would have pulled an image that was there; 0 where it is not there by us. */
  #ownPullSeconds({ node, image, at }: PulledEvent): number {
    const cell = this.#warmth.cell(node, image);
    if (cell?.state !== "warm" || cell.sinceMs > at) return 0;
    const pulledAt = this.#pulls.get(`${node} ${image}`);
    const isOurs = pulledAt === undefined ||
      (cell.pullSeconds !== undefined && cell.sinceMs > pulledAt + CLEARLY_MS);
    if (!isOurs) return 0;
    return cell.pullSeconds ?? this.#usualSeconds(image);
  }

  #usualSeconds(image: string): number {
    const seconds = this.#usual.get(image) ?? this.#warmth.usualPullSeconds(image) ?? 0;
    this.#usual.set(image, seconds);
    return seconds;
  }

  #notePull({ node, image, at }: PulledEvent): void {
    this.#pulls.set(`${node} ${image}`, at);
  }
}

interface Pending {
  readonly event: PulledEvent;
  readonly cameMs: number;
}

/** Events tell full seconds: of those of one second the pull that took longest came first. */
function isBefore(a: PulledEvent, b: PulledEvent): boolean {
  return a.at < b.at || (a.at === b.at && a.waitingSeconds > b.waitingSeconds);
}
