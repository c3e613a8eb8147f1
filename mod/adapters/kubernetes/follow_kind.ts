import { pause } from "../../async/delay.ts";
import type { Logger } from "../../ports/logger.ts";
import type { Metrics } from "../../ports/metrics.ts";
import { type Backoff, backoffMs, jittered } from "../../pure/backoff.ts";
import type { KubernetesClient } from "./client.ts";
import { Deadline } from "../../async/deadline.ts";
import type { KindTarget } from "./kind_target.ts";
import { listObjects } from "./list_pages.ts";
import {
  judgeTrouble,
  type RestartReason,
  type Trouble,
  type WatchPhase,
} from "./watch_trouble.ts";
import { type RawObject, readEvents, versionOf } from "./watch_event.ts";

/**
 * What following a kind yields. A list begins with `reset`, puts every object and ends with
 * `synced`: what was known before and was not put since is gone. Until then, and during every
 * outage, what is known stays known. `down` and `up` only say whether the connection works.
 */
export type KindChange =
  | { readonly type: "reset"; readonly reason: string }
  | { readonly type: "put"; readonly object: RawObject }
  | { readonly type: "delete"; readonly object: RawObject }
  | { readonly type: "synced" }
  | { readonly type: "down"; readonly reason: string; readonly refused: boolean }
  | { readonly type: "up" };

/** The times and sizes of following a kind. */
export interface FollowTuning {
  /** Objects for each page of a list; no more than one page is held at once. */
  readonly pageLimit: number;
  /** How long each page of a list may take. */
  readonly listTimeoutMs: number;
  /** How long the answer to a watch may take to begin. */
  readonly openTimeoutMs: number;
  /** A connection is dead after this time without a byte; bookmarks come about each minute. */
  readonly silenceMs: number;
  /** How long the server is asked to keep a watch open. */
  readonly watchSeconds: number;
  /** A watch that ends sooner counts as failed, so that it cannot spin. */
  readonly minWatchMs: number;
  /** A watch that ends this long after the last list is followed by a list, to mend what was missed. */
  readonly relistMs: number;
  /** Pause after 403 and 404: somebody may be about to grant the right. */
  readonly refusedMs: number;
  readonly maxLineLength: number;
  readonly backoff: Backoff;
}

const TUNING: FollowTuning = {
  pageLimit: 200,
  listTimeoutMs: 60_000,
  openTimeoutMs: 30_000,
  silenceMs: 150_000,
  watchSeconds: 290,
  minWatchMs: 1000,
  relistMs: 600_000,
  refusedMs: 15_000,
  maxLineLength: 16 * 1024 * 1024,
  backoff: { baseMs: 500, maxMs: 30_000 },
};

/** What following needs beside its target. */
export interface FollowOptions {
  readonly signal: AbortSignal;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Numbers in [0, 1) for jitter. */
  readonly random?: (() => number) | undefined;
  readonly tuning?: Partial<FollowTuning> | undefined;
}

/** Follows one kind through every outage, until `signal` aborts; then it ends without throwing. */
export async function* followKind(
  client: KubernetesClient,
  target: KindTarget,
  options: FollowOptions,
): AsyncGenerator<KindChange> {
  const follower = new KindFollower(client, target, options);
  let trouble: Trouble | undefined;
  while (!options.signal.aborted) {
    try {
      if (follower.version === undefined) yield* follower.list(trouble?.text ?? "first list");
      yield* follower.watch();
      trouble = undefined;
    } catch (error) {
      if (options.signal.aborted) return;
      trouble = follower.fail(error);
      if (follower.isDown) yield { type: "down", reason: trouble.text, refused: trouble.refused };
      await follower.pause(trouble);
    }
  }
}

/** The state of following one kind, kept from one list or watch to the next. */
class KindFollower {
  readonly #client: KubernetesClient;
  readonly #target: KindTarget;
  readonly #options: FollowOptions;
  readonly #tuning: FollowTuning;
  readonly #random: () => number;
  #phase: WatchPhase = "list";
  #failures = 0;
  #lastLogged = "";
  #listedAt = 0;
  #openedAt = 0;
  /** True after a refusal or two failures in a row: one lost connection is nothing to report. */
  isDown = false;
  /** Resource version from which a watch may go on; undefined: list first. */
  version: string | undefined;

  constructor(client: KubernetesClient, target: KindTarget, options: FollowOptions) {
    this.#client = client;
    this.#target = target;
    this.#options = options;
    this.#tuning = { ...TUNING, ...options.tuning };
    this.#random = options.random ?? Math.random;
  }

  async *list(reason: string): AsyncGenerator<KindChange> {
    const { signal } = this.#options;
    const { pageLimit, listTimeoutMs } = this.#tuning;
    this.#phase = "list";
    yield { type: "reset", reason };
    const objects = listObjects(this.#client, this.#target, {
      signal,
      pageLimit,
      timeoutMs: listTimeoutMs,
    });
    let item = await objects.next();
    for (; !item.done; item = await objects.next()) yield { type: "put", object: item.value };
    this.version = item.value;
    this.#listedAt = performance.now();
    yield { type: "synced" };
  }

  async *watch(): AsyncGenerator<KindChange> {
    const { silenceMs, openTimeoutMs, minWatchMs, maxLineLength, relistMs } = this.#tuning;
    const { resource } = this.#target;
    this.#phase = "open";
    using watchdog = new Deadline(
      openTimeoutMs,
      `the watch of ${resource} to begin`,
      this.#options.signal,
    );
    const body = await this.#client.stream(this.#watchPath(), { signal: watchdog.signal });
    this.#phase = "events";
    this.#openedAt = performance.now();
    const alive = () => watchdog.restart(silenceMs, `anything from the watch of ${resource}`);
    alive();
    if (this.isDown) yield this.#up();
    for await (const event of readEvents(body, { resource, maxLineLength, alive })) {
      this.#failures = 0;
      if (event.type !== "BOOKMARK") {
        yield { type: event.type === "DELETED" ? "delete" : "put", object: event.object };
      }
      this.version = versionOf(event.object) ?? this.version;
    }
    const lastedMs = performance.now() - this.#openedAt;
    if (lastedMs < minWatchMs) throw new Error(`it ended after ${Math.round(lastedMs)} ms`);
    this.#failures = 0;
    if (performance.now() - this.#listedAt > relistMs) this.version = undefined;
    this.#count("ended");
  }

  fail(error: unknown): Trouble {
    const trouble = judgeTrouble(error, this.#phase, this.#target);
    const lastedMs = this.#phase === "events" ? performance.now() - this.#openedAt : 0;
    this.#failures = lastedMs > this.#tuning.minWatchMs ? 1 : this.#failures + 1;
    this.isDown = trouble.refused || this.#failures > 1;
    // After an outage the server may be another one, where our resource version means nothing.
    if (trouble.relist || this.#failures > 1) this.version = undefined;
    this.#count(trouble.reason);
    this.#log(trouble);
    return trouble;
  }

  async pause(trouble: Trouble): Promise<void> {
    const { backoff, refusedMs } = this.#tuning;
    const ms = trouble.refused
      ? jittered(refusedMs, this.#random)
      : backoffMs(this.#failures, backoff, this.#random) + (trouble.retryAfterMs ?? 0);
    await pause(ms, this.#options.signal);
  }

  #watchPath(): string {
    const query = new URLSearchParams({
      watch: "1",
      allowWatchBookmarks: "true",
      resourceVersion: this.version ?? "",
      timeoutSeconds: String(Math.ceil(jittered(this.#tuning.watchSeconds, this.#random))),
    });
    return `${this.#target.path}?${query}`;
  }

  #up(): KindChange {
    this.#options.logger.debug("Resumed the watch", { kind: this.#target.kind });
    this.#lastLogged = "";
    this.isDown = false;
    return { type: "up" };
  }

  /**
   * Logs a trouble once, not at each attempt. A warning is for what is wrong with this kind alone;
   * what is wrong with the server, the source logs once for all kinds.
   */
  #log(trouble: Trouble): void {
    const { logger } = this.#options;
    const level = trouble.refused || trouble.reason === "broken_event" ? "warn" : "debug";
    if (this.#lastLogged === level + trouble.text) return;
    this.#lastLogged = level + trouble.text;
    const { kind } = this.#target;
    const message = trouble.refused ? trouble.text : `Watch failed, trying again: ${trouble.text}`;
    logger[level](message, { kind, reason: trouble.reason });
  }

  #count(reason: RestartReason): void {
    const { kind } = this.#target;
    this.#options.metrics.count("warm_images_watch_restarts_total", { kind, reason });
  }
}
