import { pause } from "../../async/delay.ts";
import type { Logger } from "../../ports/logger.ts";
import type { Metrics } from "../../ports/metrics.ts";
import { type Backoff, jittered } from "../../pure/backoff.ts";
import type { KubernetesClient } from "./client.ts";
import { Deadline } from "../../async/deadline.ts";
import { type KindTarget, mediaTypeOf, requestPath } from "./kind_target.ts";
import { listObjects, newestVersion } from "./list_pages.ts";
import {
  judgeTrouble,
  RESTART_REASONS,
  type RestartReason,
  retryMs,
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
  | {
    readonly type: "down";
    readonly text: string;
    readonly reason: RestartReason;
    readonly refused: boolean;
  }
  | { readonly type: "up" };

/** The times and sizes of following a kind. */
export interface FollowTuning {
  /** Objects for each page of a list; no more than one page is held at once. */
  readonly pageLimit: number;
  /** How long each try of a page of a list may take. */
  readonly listTimeoutMs: number;
  /** How often a page after the first is asked for before the list is given up. */
  readonly pageTries: number;
  /** How long the answer to a watch may take to begin. */
  readonly openTimeoutMs: number;
  /** A connection is dead after this time without a byte; bookmarks come about each minute. */
  readonly silenceMs: number;
  /** How long the server is asked to keep a watch open. */
  readonly watchSeconds: number;
  /** A watch that ends sooner counts as failed, so that it cannot spin. */
  readonly minWatchMs: number;
  /** A watch that ends about this long after the last list is followed by one, to mend what was missed. */
  readonly relistMs: number;
  /** Pause after 403 and 404: somebody may be about to grant the right. */
  readonly refusedMs: number;
  readonly maxLineLength: number;
  readonly backoff: Backoff;
}

const TUNING: FollowTuning = {
  pageLimit: 100,
  listTimeoutMs: 60_000,
  pageTries: 10, // two minutes; a continue token lives for five
  openTimeoutMs: 30_000,
  silenceMs: 150_000,
  watchSeconds: 290,
  minWatchMs: 1000,
  relistMs: 24 * 60 * 60_000,
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
  /** Whether the kind may be missing, or forbidden, without anything being wrong. */
  readonly isOptional?: boolean | undefined;
}

/** Outages after which another server may answer, or the same one with an older state. */
const DOUBTFUL: ReadonlySet<RestartReason> = new Set(["dropped", "silent", "server_error"]);

/**
 * Follows one kind through every outage, until `signal` aborts; then it ends without throwing.
 *
 * A watch that failed is resumed from the last resource version, which bookmarks keep fresh; a list
 * comes only where the server cannot tell what happened since (see `judgeTrouble`). A server whose
 * etcd was restored answers no error to a version of its future: it sends nothing until it has come
 * that far. So after an outage the version is compared with the server's newest one, see
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions. What that cannot
 * find (a restored server that has overtaken our version by then) the daily list does.
 */
export async function* followKind(
  client: KubernetesClient,
  target: KindTarget,
  options: FollowOptions,
): AsyncGenerator<KindChange> {
  const follower = new KindFollower(client, target, options);
  let trouble: Trouble | undefined;
  while (!options.signal.aborted) {
    try {
      await follower.confirmVersion();
      if (follower.version === undefined) yield* follower.list(trouble?.text ?? "first list");
      yield* follower.watch();
      trouble = undefined;
    } catch (error) {
      if (options.signal.aborted) return;
      trouble = follower.fail(error);
      if (follower.isDown) {
        const { text, reason, refused } = trouble;
        yield { type: "down", text, reason, refused };
      }
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
  #relistAt = 0;
  #openedAt = 0;
  /** Whether the server may have gone back behind `version` meanwhile. */
  #doubtful = false;
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
    for (const reason of RESTART_REASONS) this.#count(reason, 0); // a rate needs a first figure
  }

  /** Gives `version` up when it is newer than everything that the server has. */
  async confirmVersion(): Promise<void> {
    if (this.version === undefined || !this.#doubtful) return;
    this.#phase = "open";
    const { signal, logger } = this.#options;
    const timeoutMs = this.#tuning.openTimeoutMs;
    const newest = await newestVersion(this.#client, this.#target, { signal, timeoutMs });
    this.#doubtful = false;
    if (hasReached(newest, this.version)) return;
    logger.warn("API server went back in time, listing again", {
      kind: this.#target.name,
      from: this.version,
      newest,
    });
    this.version = undefined;
  }

  async *list(reason: string): AsyncGenerator<KindChange> {
    const { signal, logger } = this.#options;
    const { pageLimit, listTimeoutMs, pageTries, backoff, relistMs } = this.#tuning;
    this.#phase = "list";
    yield { type: "reset", reason };
    const objects = listObjects(this.#client, this.#target, {
      signal,
      pageLimit,
      timeoutMs: listTimeoutMs,
      pageTries,
      backoff,
      random: this.#random,
      retrying: ({ text, reason }) =>
        logger.debug(`Page is asked for again: ${text}`, { kind: this.#target.name, reason }),
    });
    let item = await objects.next();
    for (; !item.done; item = await objects.next()) yield { type: "put", object: item.value };
    this.version = item.value;
    this.#doubtful = false;
    this.#relistAt = performance.now() + jittered(relistMs, this.#random);
    yield { type: "synced" };
  }

  async *watch(): AsyncGenerator<KindChange> {
    const { silenceMs, openTimeoutMs, minWatchMs, maxLineLength } = this.#tuning;
    const { resource, kind, apiVersion } = this.#target;
    this.#phase = "open";
    using watchdog = new Deadline(
      openTimeoutMs,
      `the watch of ${resource} to begin`,
      this.#options.signal,
    );
    const body = await this.#client.stream(this.#watchPath(), {
      signal: watchdog.signal,
      accept: mediaTypeOf(this.#target, "watch"),
    });
    this.#phase = "opened";
    this.#openedAt = performance.now();
    const alive = () => watchdog.restart(silenceMs, `anything from the watch of ${resource}`);
    alive();
    if (this.isDown) yield this.#up();
    for await (const event of readEvents(body, { resource, maxLineLength, alive })) {
      this.#phase = "events";
      this.#failures = 0;
      if (event.type !== "BOOKMARK") {
        // Metadata alone comes as a kind of its own, as items of lists come without any.
        const object = { ...event.object, kind, apiVersion };
        yield { type: event.type === "DELETED" ? "delete" : "put", object };
      }
      this.version = versionOf(event.object) ?? this.version;
    }
    const lastedMs = performance.now() - this.#openedAt;
    if (lastedMs < minWatchMs) throw new Error(`it ended after ${Math.round(lastedMs)} ms`);
    this.#failures = 0;
    if (performance.now() > this.#relistAt) this.version = undefined;
    this.#count("ended");
  }

  fail(error: unknown): Trouble {
    const trouble = judgeTrouble(error, this.#phase, this.#target);
    const wasOpen = this.#phase === "opened" || this.#phase === "events";
    const lastedMs = wasOpen ? performance.now() - this.#openedAt : 0;
    this.#failures = lastedMs > this.#tuning.minWatchMs ? 1 : this.#failures + 1;
    this.isDown = trouble.refused || this.#failures > 1;
    if (trouble.relist) this.version = undefined;
    // A watch without so much as a bookmark may wait for a version that the server never had.
    const isOutage = this.#failures > 1 || trouble.reason === "silent";
    if (isOutage && DOUBTFUL.has(trouble.reason)) this.#doubtful = true;
    this.#count(trouble.reason);
    this.#log(trouble);
    return trouble;
  }

  async pause(trouble: Trouble): Promise<void> {
    const { backoff, refusedMs } = this.#tuning;
    const ms = trouble.refused
      ? jittered(refusedMs, this.#random)
      : retryMs(trouble, this.#failures, backoff, this.#random);
    await pause(ms, this.#options.signal);
  }

  #watchPath(): string {
    const query = new URLSearchParams({
      watch: "1",
      allowWatchBookmarks: "true",
      resourceVersion: this.version ?? "",
      timeoutSeconds: String(Math.ceil(jittered(this.#tuning.watchSeconds, this.#random))),
    });
    return requestPath(this.#target, query);
  }

  #up(): KindChange {
    this.#options.logger.debug("Resumed the watch", { kind: this.#target.name });
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
    const isWrong = trouble.refused && this.#options.isOptional !== true;
    const level = isWrong || trouble.reason === "broken_event" ? "warn" : "debug";
    if (this.#lastLogged === level + trouble.text) return;
    this.#lastLogged = level + trouble.text;
    const { name: kind } = this.#target;
    const message = trouble.refused ? trouble.text : `Watch failed, trying again: ${trouble.text}`;
    logger[level](message, { kind, reason: trouble.reason });
  }

  #count(reason: RestartReason, by = 1): void {
    const { name: kind } = this.#target;
    this.#options.metrics.count("warm_images_watch_restarts_total", { kind, reason }, by);
  }
}

/** Versions are decimal numbers; where they are not, nothing is known, and listing is safe. */
function hasReached(newest: string, version: string): boolean {
  if (newest === version) return true;
  const decimal = /^\d{1,30}$/;
  return decimal.test(newest) && decimal.test(version) && BigInt(newest) >= BigInt(version);
}
