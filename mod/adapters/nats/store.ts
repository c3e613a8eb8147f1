import { delay } from "../../async/delay.ts";
import type { Conditions } from "../../ports/conditions.ts";
import type { Logger } from "../../ports/logger.ts";
import type { Metrics } from "../../ports/metrics.ts";
import type { StateStore, StoreChange } from "../../ports/state_store.ts";
import { jittered } from "../../pure/pulls/backoff.ts";
import { inboxPrefix } from "../../pure/bucket/state_keys.ts";
import type { NatsSettings } from "../../pure/settings/nats_settings.ts";
import type { BucketRole } from "./bucket.ts";
import { sweepDeleteMarkers } from "./delete_markers.ts";
import { followKeys } from "./follow.ts";
import { rollupsReason, watchReason } from "./reasons.ts";
import { SessionSlot } from "./session_slot.ts";
import { runSessions, type Session } from "./sessions.ts";
import { type Write, writeOnce } from "./writes.ts";
import { messageOf } from "../../pure/message_of.ts";

/** What the store is handed. */
export interface NatsStoreOptions {
  /** Only a controller creates the bucket, and removes old delete markers from it. */
  readonly role: BucketRole;
  /** Of the node or the pod; shown in the server's list of connections. */
  readonly name: string;
  /** Ends the attempts to connect. What is connected stays so until it is disposed of: last words. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
  /** The store keeps condition `nats`: whether the bucket can be used, and why not. */
  readonly conditions: Conditions;
  readonly metrics: Metrics;
}

/** The bucket in NATS. Disposing closes the connection, within a few seconds. */
export interface NatsStore extends StateStore, AsyncDisposable {}

const SWEEP_PERIOD_MS = 60 * 60_000;

/**
 * Opens the bucket in the background and keeps it open for ever: returns at once, survives every
 * outage, reads secrets anew at each connect.
 */
export function openNatsStore(settings: NatsSettings, options: NatsStoreOptions): NatsStore {
  return new BackgroundStore(settings, options);
}

class BackgroundStore implements NatsStore {
  readonly #options: NatsStoreOptions;
  readonly #bucket: string;
  readonly #slot = new SessionSlot();
  readonly #disposed = new AbortController();
  readonly #running: Promise<void>;
  readonly #sweeps = new Set<Promise<void>>();
  #warnedOfRollups = false;
  #server = "";
  /** Why there is no session. */
  #reason: string | undefined;
  /** Why the bucket cannot be followed although it is open. */
  #unwatched: string | undefined;

  constructor(settings: NatsSettings, options: NatsStoreOptions) {
    this.#options = options;
    this.#bucket = settings.bucket;
    const addresses = settings.servers;
    const servers = addresses.map(({ shown }) => shown).join(", ");
    this.#reason = `Connecting to NATS at ${servers}`;
    options.conditions.set("nats", false, this.#reason);
    this.#running = runSessions(addresses, settings, {
      role: options.role,
      name: `warm-images ${options.role} ${options.name}`,
      inbox: inboxPrefix(options.role, options.name),
      attempts: options.signal,
      disposed: this.#disposed.signal,
    }, {
      connected: (again) => {
        if (again) options.metrics.count("warm_images_reconnects_total", { to: "nats" });
      },
      up: (session, server) => this.#up(session, server),
      down: (reason) => this.#down(reason),
    });
  }

  follow(
    filters: readonly string[],
    options: { readonly signal: AbortSignal },
  ): AsyncIterable<StoreChange> {
    const signal = AbortSignal.any([options.signal, this.#disposed.signal]);
    return followKeys(this.#slot, filters, {
      signal,
      watched: (failure) => this.#watched(failure),
    });
  }

  put(key: string, value: string, options: { readonly signal: AbortSignal }): Promise<void> {
    return this.#write({ key, value }, options.signal);
  }

  delete(key: string, options: { readonly signal: AbortSignal }): Promise<void> {
    return this.#write({ key }, options.signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed.abort();
    await this.#running;
    await Promise.all(this.#sweeps);
  }

  async #write(write: Write, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { metrics } = this.#options;
    const session = this.#slot.present;
    if (session === undefined) {
      metrics.count("warm_images_store_writes_total", { result: "failed" });
      throw new Error(`Cannot write "${write.key}" now: ${this.#reason ?? "NATS is closed"}`);
    }
    await writeOnce(session, write, { signal, metrics });
  }

  #up(session: Session, server: string): void {
    const { logger, role } = this.#options;
    this.#reason = undefined;
    this.#server = server;
    this.#slot.set(session);
    this.#show();
    const version = session.connection.info?.version;
    logger.info("Connected to NATS", { server, bucket: this.#bucket, version });
    if (role !== "controller") return;
    const { leftOpen } = session.bucket;
    if (leftOpen !== undefined) this.#warnOfRollups(rollupsReason(leftOpen, server, this.#bucket));
    const sweep = this.#sweepHourly(session).finally(() => this.#sweeps.delete(sweep));
    this.#sweeps.add(sweep);
  }

  /** Comes with each failed attempt; only another reason is worth a line, not another detail. */
  #down(reason: string): void {
    const known = sameGist(this.#reason, reason);
    this.#reason = reason;
    this.#show();
    if (!known) this.#options.logger.warn(reason);
  }

  /** Comes with each session; once is enough. */
  #warnOfRollups(reason: string): void {
    if (this.#warnedOfRollups) return;
    this.#warnedOfRollups = true;
    this.#options.logger.warn(reason);
  }

  /** Comes with each failed watch, as above, and with each that works. */
  #watched(failure: unknown): void {
    const before = this.#unwatched;
    if (failure === undefined && before === undefined) return;
    this.#unwatched = failure === undefined
      ? undefined
      : watchReason(failure, this.#server, this.#bucket);
    this.#show();
    const { logger } = this.#options;
    if (this.#unwatched === undefined) logger.info("Follows the bucket again");
    else if (!sameGist(before, this.#unwatched)) logger.warn(this.#unwatched);
  }

  #show(): void {
    const reason = this.#reason ?? this.#unwatched;
    if (reason === undefined) this.#options.conditions.set("nats", true);
    else this.#options.conditions.set("nats", false, reason);
  }

  async #sweepHourly({ bucket, signal }: Session): Promise<void> {
    while (!signal.aborted) {
      try {
        const removed = await sweepDeleteMarkers(bucket, { signal });
        if (removed > 0) this.#options.logger.debug("Removed old delete markers", { removed });
      } catch (error) {
        if (signal.aborted) return;
        const reason = messageOf(error);
        this.#options.logger.debug("Cannot remove old delete markers", { reason });
      }
      await delay(jittered(SWEEP_PERIOD_MS, Math.random), { signal }).catch(() => {});
    }
  }
}

/** Apart from the details in parentheses: a broken handshake fails in several ways by turns. */
function sameGist(one: string | undefined, other: string): boolean {
  const gist = (reason?: string) => reason?.replace(/ \([^)]*\)/g, "");
  return gist(one) === gist(other);
}
