// The bucket in NATS, from the top down:
//
// store.ts                the port StateStore; condition `nats`; hourly sweep of delete markers
// ├─ sessions.ts          keeps a session: connect, open the bucket, check it, begin again
// │  ├─ connection.ts     one connection to the first server that accepts us
// │  │  ├─ transport.ts   the socket under it: dial, greeting, TLS
// │  │  └─ credentials.ts user, token, creds file, certificates; read at each connect
// │  ├─ bucket.ts         opens the bucket; the controller creates it
// │  │  └─ bucket_config.ts how it is made, and brought to what the settings name
// │  └─ bucket_check.ts   finds out that the bucket was deleted or recreated
// ├─ follow.ts            a subscription that survives sessions and yields real changes only
// │  └─ watch_filters.ts  the watches of one session, queued in newest_per_key.ts
// │     └─ key_look.ts    looks at a key that seldom changes
// ├─ writes.ts            puts, deletes and purges a key; delete_markers.ts removes old markers
// ├─ survey.ts            what lies in the bucket and how much it may hold
// └─ reasons.ts           says of each error what failed and what to do
//
// Beside it, for controllers of which NATS asks who may log in:
//
// auth_callout.ts         answers over a connection of its own, by the tokens of nodes' agents
// ├─ login_answering.ts   takes requests one after the other, and judges them
// ├─ login_answers.ts     reads requests, writes and signs answers; fresh_node_users.ts makes the keys
// └─ refusal_log.ts       tells of refusals, and seldom

import { pause } from "../../async/delay.ts";
import type { Conditions } from "../../ports/conditions.ts";
import type { Logger } from "../../ports/logger.ts";
import type { Metrics } from "../../ports/metrics.ts";
import { abortable } from "../../async/abortable.ts";
import type { StateStore, StoreChange, StoreRoom, StoreSurvey } from "../../ports/state_store.ts";
import { jittered } from "../../pure/backoff.ts";
import { inboxPrefix } from "../../pure/bucket/state_keys.ts";
import { nodeInbox } from "../../pure/node_users/node_permissions.ts";
import {
  type BucketSettings,
  type NatsSettings,
  NO_BUCKET_SETTINGS,
} from "../../pure/settings/nats_settings.ts";
import type { BucketRole } from "./bucket.ts";
import { updateStream } from "./bucket_config.ts";
import { sweepDeleteMarkers } from "./delete_markers.ts";
import { followKeys } from "./follow.ts";
import { rollupsReason, settingsReason, watchReason } from "./reasons.ts";
import { CurrentSession, runSessions, type Session } from "./sessions.ts";
import { roomOf, surveyBucket } from "./survey.ts";
import { purgeKey, type Write, writeOnce } from "./writes.ts";
import { messageOf } from "../../pure/message_of.ts";

/** What the store needs. */
export interface NatsStoreOptions {
  /** A reader makes and changes nothing. */
  readonly role: BucketRole["name"];
  /**
   * How a controller makes and keeps the bucket; only a controller does, and removes old delete
   * markers from it.
   */
  readonly bucket?: BucketSettings;
  /** Name of the node or pod; shown in the server's list of connections. */
  readonly name: string;
  /**
   * Ends the attempts to connect. An open connection stays until the store is disposed of, so that
   * last reports can be written.
   */
  readonly signal: AbortSignal;
  readonly logger: Logger;
  /** The store keeps condition `nats`: whether the bucket can be used, and why not. */
  readonly conditions: Conditions;
  readonly metrics: Metrics;
}

/** The bucket in NATS. Disposing closes the connection, within a few seconds. */
export interface NatsStore extends StateStore, AsyncDisposable {}

const SWEEP_PERIOD_MS = 60 * 60_000;
/** How often a bucket that could not be given its settings is tried again. */
const SETTLE_PERIOD_MS = 15_000;

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
  readonly #role: BucketRole;
  readonly #sessions = new CurrentSession();
  readonly #disposed = new AbortController();
  readonly #running: Promise<void>;
  /** What is under way beside the session. */
  readonly #works = new Set<Promise<void>>();
  readonly #warned = new Set<string>();
  #server = "";
  /** Why there is no session. */
  #downReason: string | undefined;
  /** Why the bucket cannot be followed although it is open. */
  #watchReason: string | undefined;

  constructor(settings: NatsSettings, options: NatsStoreOptions) {
    this.#options = options;
    this.#bucket = settings.bucket;
    const addresses = settings.servers;
    const servers = addresses.map(({ shown }) => shown).join(", ");
    this.#downReason = `Connecting to NATS at ${servers}`;
    options.conditions.set("nats", false, this.#downReason);
    this.#role = options.role === "controller"
      ? { name: "controller", settings: options.bucket ?? NO_BUCKET_SETTINGS }
      : { name: options.role };
    this.#running = runSessions(addresses, settings, {
      role: this.#role,
      name: `warm-images ${options.role} ${options.name}`,
      inbox: inboxOf(settings, options),
      attempts: options.signal,
      disposed: this.#disposed.signal,
    }, {
      connected: (again) => {
        if (again) options.metrics.count("warm_images_reconnects_total", { to: "nats" });
      },
      up: (session) => this.#up(session),
      down: (reason) => this.#down(reason),
      settled: () => Promise.all(this.#works),
    });
  }

  follow(
    filters: readonly string[],
    options: { readonly signal: AbortSignal; readonly looked?: readonly string[] },
  ): AsyncIterable<StoreChange> {
    const signal = AbortSignal.any([options.signal, this.#disposed.signal]);
    return followKeys(this.#sessions, { filters, looked: options.looked ?? [] }, {
      signal,
      watchWorks: () => this.#watchWorks(),
      watchFailed: (error) => this.#watchFailed(error),
    });
  }

  put(key: string, value: string, options: { readonly signal: AbortSignal }): Promise<void> {
    return this.#write({ key, value }, options.signal);
  }

  delete(key: string, options: { readonly signal: AbortSignal }): Promise<void> {
    return this.#write({ key }, options.signal);
  }

  async purge(key: string, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    signal.throwIfAborted();
    await abortable(purgeKey(this.#session(`purge "${key}"`).bucket, key), signal);
  }

  async room({ signal }: { readonly signal: AbortSignal }): Promise<StoreRoom> {
    signal.throwIfAborted();
    return await abortable(roomOf(this.#session("look at the bucket").bucket), signal);
  }

  async survey(options: { readonly signal: AbortSignal }): Promise<StoreSurvey> {
    options.signal.throwIfAborted();
    return await surveyBucket(this.#session("survey the bucket").bucket, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed.abort();
    await this.#running;
    await Promise.all(this.#works);
  }

  async #write(write: Write, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { metrics } = this.#options;
    if (this.#sessions.value === undefined) {
      metrics.count("warm_images_store_writes_total", { result: "failed" });
    }
    await writeOnce(this.#session(`write "${write.key}"`), write, { signal, metrics });
  }

  /** The session, if there is one now. */
  #session(action: string): Session {
    const session = this.#sessions.value;
    if (session !== undefined) return session;
    throw new Error(`Cannot ${action} now: ${this.#downReason ?? "NATS is closed"}`);
  }

  #up(session: Session): void {
    const { logger } = this.#options;
    const role = this.#role;
    const { server } = session;
    this.#downReason = undefined;
    this.#server = server;
    this.#sessions.set(session);
    this.#setCondition();
    const version = session.connection.info?.version;
    logger.info("Connected to NATS", { server, bucket: this.#bucket, version });
    if (role.name !== "controller") return;
    const { faults: { rollups, settings }, chosenMaxBytes } = session.bucket;
    if (rollups !== undefined) this.#warnOnce(rollupsReason(rollups, server, this.#bucket));
    if (settings !== undefined) {
      this.#warnOnce(settingsReason(settings, server, this.#bucket));
      this.#work(this.#settleLater(session, role.settings));
    }
    if (chosenMaxBytes !== undefined) {
      const message = "Made the bucket with a size limit of its own choice, as a limit is demanded";
      logger.warn(message, { maxBytes: chosenMaxBytes, setting: "--nats-max-bytes" });
    }
    this.#work(this.#sweepHourly(session));
  }

  /** Has the end of the store wait for it. */
  #work(work: Promise<void>): void {
    const kept = work.finally(() => this.#works.delete(kept));
    this.#works.add(kept);
  }

  /** Called at each failed attempt; logs another reason, but not another detail of the same. */
  #down(reason: string): void {
    const known = sameGist(this.#downReason, reason);
    this.#downReason = reason;
    this.#setCondition();
    if (!known) this.#options.logger.warn(reason);
  }

  /** Called at each session; warns once of each. */
  #warnOnce(reason: string): void {
    if (this.#warned.has(reason)) return;
    this.#warned.add(reason);
    this.#options.logger.warn(reason);
  }

  /** Called at each watch that works. */
  #watchWorks(): void {
    if (this.#watchReason === undefined) return;
    this.#watchReason = undefined;
    this.#setCondition();
    this.#options.logger.info("Resumed following the bucket");
  }

  /** Called at each failed watch; logs as `#down()` does. */
  #watchFailed(error: unknown): void {
    const reason = watchReason(error, this.#server, this.#bucket);
    const known = sameGist(this.#watchReason, reason);
    this.#watchReason = reason;
    this.#setCondition();
    if (!known) this.#options.logger.warn(reason);
  }

  #setCondition(): void {
    const reason = this.#downReason ?? this.#watchReason;
    if (reason === undefined) this.#options.conditions.set("nats", true);
    else this.#options.conditions.set("nats", false, reason);
  }

  /** Servers do one thing at a time: while they scale the bucket they do not move it. */
  async #settleLater(session: Session, settings: BucketSettings): Promise<void> {
    const { bucket, connection, signal } = session;
    const { logger } = this.#options;
    while (await pause(jittered(SETTLE_PERIOD_MS, Math.random), signal)) {
      try {
        const info = await bucket.manager.streams.info(bucket.stream);
        const version = connection.info?.version ?? "";
        const faults = await updateStream(bucket.manager, info, settings, version);
        if (faults.settings === undefined) return logger.info("Bucket is as the settings name it");
      } catch (error) {
        logger.debug("Could not look at the bucket's settings", { reason: messageOf(error) });
      }
    }
  }

  async #sweepHourly({ bucket, signal }: Session): Promise<void> {
    while (!signal.aborted) {
      try {
        const removed = await sweepDeleteMarkers(bucket, { signal });
        if (removed > 0) this.#options.logger.debug("Removed old delete markers", { removed });
      } catch (error) {
        if (signal.aborted) return;
        const reason = messageOf(error);
        this.#options.logger.debug("Could not remove old delete markers", { reason });
      }
      await pause(jittered(SWEEP_PERIOD_MS, Math.random), signal);
    }
  }
}

/** Compares without details in parentheses: a broken handshake fails with several errors in turn. */
function sameGist(one: string | undefined, other: string): boolean {
  const gist = (reason?: string) => reason?.replace(/ \([^)]*\)/g, "");
  return gist(one) === gist(other);
}

/** A controller's login suffices for a reader, and is the only one that may see everything. */
function inboxOf(settings: NatsSettings, { role, name }: NatsStoreOptions): string {
  if (role !== "agent") return inboxPrefix("controller", name);
  // A user that was made by hand for this node, with a password, may know the name with its dots.
  return settings.tokenFile === undefined ? inboxPrefix("agent", name) : nodeInbox(name);
}
