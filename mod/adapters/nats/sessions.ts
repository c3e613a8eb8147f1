import type { NatsConnection } from "nats";
import { abortable } from "../../async/abortable.ts";
import { pause } from "../../async/delay.ts";
import { finishesWithin } from "../../async/finishes_within.ts";
import { WakeSignal } from "../../async/wake_signal.ts";
import { backoffMs } from "../../pure/backoff.ts";
import { messageOf } from "../../pure/message_of.ts";
import type { NatsSettings, ServerAddress } from "../../pure/settings/nats_settings.ts";
import { type Bucket, BucketMissingError, type BucketRole, openBucket } from "./bucket.ts";
import { type OpenedBucket, untilBucketLost } from "./bucket_check.ts";
import { connectToAny, type Link } from "./connection.ts";
import { bucketReason } from "./reasons.ts";

/** A stretch of time in which one connection reaches one bucket. */
export interface Session {
  readonly connection: NatsConnection;
  readonly bucket: Bucket;
  /** The server's address as logs may show it. */
  readonly server: string;
  /** Aborts when it is over: connection lost, bucket deleted or recreated, or store disposed of. */
  readonly signal: AbortSignal;
  /** Asks for a check of the bucket now, as something about it seemed wrong. */
  requestCheck(): void;
}

/** Holds the current session, and lets others wait for the next one. */
export class CurrentSession {
  #session: Session | undefined;
  #arrival = Promise.withResolvers<Session>();

  /** The current session, if there is one. */
  get value(): Session | undefined {
    return this.#session?.signal.aborted ? undefined : this.#session;
  }

  /** Replaces the session. */
  set(session: Session): void {
    this.#session = session;
    this.#arrival.resolve(session);
    this.#arrival = Promise.withResolvers();
  }

  /** Resolves to the current session, or the next; rejects when `signal` aborts. */
  async next(signal: AbortSignal): Promise<Session> {
    signal.throwIfAborted();
    return this.value ?? await abortable(this.#arrival.promise, signal);
  }
}

/** How sessions are made. */
export interface SessionOptions {
  readonly role: BucketRole;
  /** Shown in the server's list of connections. */
  readonly name: string;
  /** Subject under which answers come. */
  readonly inbox: string;
  /** Ends the attempts to connect; an established session goes on. */
  readonly attempts: AbortSignal;
  /** Ends everything. */
  readonly disposed: AbortSignal;
}

/** What the loop reports; `down` comes again with each failed attempt. */
export interface SessionEvents {
  /** A connection was established; `again`: not the first. */
  connected(again: boolean): void;
  up(session: Session): void;
  down(reason: string): void;
  /** Resolves when all that goes on beside the sessions has ended, as their signals say. */
  settled(): Promise<unknown>;
}

const RETRY = { baseMs: 500, maxMs: 5000 };

/** A connection that lasted this long starts the back-off anew. */
const LASTING_MS = 10_000;

/**
 * Time between the loss of a bucket and the next attempt to open it: nats-server 2.9 announces a
 * deletion before it removes the files, and removes those of a new bucket of the same name with them.
 */
const BUCKET_LOST_MS = 300;

/** How long closing a connection may wait for its last messages to be sent. */
const CLOSE_TIMEOUT_MS = 2000;

/**
 * Keeps a session alive: connects, opens the bucket, checks it from time to time, and begins again
 * after whatever went wrong. Resolves once `disposed` aborts, or `attempts` while there is no session.
 */
export async function runSessions(
  addresses: readonly ServerAddress[],
  settings: NatsSettings,
  options: SessionOptions,
  events: SessionEvents,
): Promise<void> {
  const signal = AbortSignal.any([options.attempts, options.disposed]);
  let again = false;
  for (let failures = 0; !signal.aborted;) {
    const startedMs = performance.now();
    try {
      const link = await connectToAny(addresses, settings, { ...options, signal });
      events.connected(again);
      again = true;
      await useLink(link, settings.bucket, { ...options, attempts: signal }, events);
    } catch (error) {
      if (signal.aborted) return;
      events.down(messageOf(error));
    }
    failures = performance.now() - startedMs > LASTING_MS ? 1 : failures + 1;
    await pause(backoffMs(failures, RETRY, Math.random), signal);
  }
}

/** Opens the bucket again and again until the connection ends. */
async function useLink(
  link: Link,
  bucketName: string,
  options: SessionOptions,
  events: SessionEvents,
): Promise<void> {
  const { connection, address: { shown: server } } = link;
  const lost = new AbortController();
  connection.closed().then((error) => {
    const detail = error instanceof Error ? ` (${error.message})` : "";
    lost.abort(`Lost the connection to NATS at ${server}${detail}`);
  });
  const over = AbortSignal.any([lost.signal, options.disposed]);
  const opening = AbortSignal.any([lost.signal, options.attempts]);
  try {
    for (let failures = 0; !opening.aborted;) {
      try {
        const opened = openBucket(connection, bucketName, options.role);
        const bucket = await abortable(opened, opening);
        failures = 0;
        await useBucket({ connection, bucket, name: bucketName, server }, over, events);
        await pause(BUCKET_LOST_MS, opening);
      } catch (error) {
        if (opening.aborted) break;
        events.down(openReason(error, server, bucketName, options.role));
        await pause(backoffMs(++failures, RETRY, Math.random), opening);
      }
    }
    if (lost.signal.aborted) events.down(String(lost.signal.reason));
  } finally {
    // A subscription that is being made while its connection closes would keep its timer for ever.
    await finishesWithin(events.settled(), CLOSE_TIMEOUT_MS);
    await closeConnection(connection);
  }
}

/** Offers a session until the bucket is lost or `over` aborts. */
async function useBucket(
  opened: OpenedBucket,
  over: AbortSignal,
  events: SessionEvents,
): Promise<void> {
  const wake = new WakeSignal();
  const ended = new AbortController();
  const { connection, bucket, server } = opened;
  const requestCheck = () => wake.ring();
  events.up({ connection, bucket, server, signal: ended.signal, requestCheck });
  try {
    const reason = await untilBucketLost(opened, { signal: over, wake });
    if (reason !== undefined) events.down(reason);
  } finally {
    ended.abort();
  }
}

function openReason(error: unknown, server: string, bucket: string, { name }: BucketRole): string {
  if (!(error instanceof BucketMissingError)) return bucketReason(error, server, bucket);
  return name === "reader"
    ? `NATS at ${server} has no bucket "${bucket}": no controller has written it yet, or --nats-bucket names another`
    : `Waiting for the controller to create bucket "${bucket}" on NATS at ${server}`;
}

async function closeConnection(connection: NatsConnection): Promise<void> {
  if (connection.isClosed()) return;
  // A hung server may never answer the flush; the connection is closed without it.
  await finishesWithin(connection.drain().catch(() => {}), CLOSE_TIMEOUT_MS);
  await connection.close();
}
