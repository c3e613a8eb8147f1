import { delay } from "../../async/delay.ts";
import type { NatsConnection } from "nats";
import { backoffMs } from "../../pure/pulls/backoff.ts";
import type { NatsSettings, ServerAddress } from "../../pure/settings/nats_settings.ts";
import { abortable } from "./abortable.ts";
import { type Bucket, BucketMissingError, type BucketRole, openBucket } from "./bucket.ts";
import { watchOverBucket } from "./bucket_check.ts";
import { connectToAny, type Link } from "./connection.ts";
import { Doorbell } from "./doorbell.ts";
import { bucketReason } from "./reasons.ts";
import { messageOf } from "../../pure/message_of.ts";

/** A stretch of time in which one connection reaches one bucket. */
export interface Session {
  readonly connection: NatsConnection;
  readonly bucket: Bucket;
  /** Aborts when the stretch is over: connection lost, bucket gone or made anew, all disposed. */
  readonly signal: AbortSignal;
  /** Asks for a look at the bucket now: something about it seemed wrong. */
  doubt(): void;
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

/** What the loop tells the outside; `down` comes again with each attempt. */
export interface SessionEvents {
  /** A connection was established; `again`: not the first. */
  connected(again: boolean): void;
  up(session: Session, server: string): void;
  down(reason: string): void;
}

const RETRY = { baseMs: 500, maxMs: 5000 };

/** A connection that lasted this long starts the back-off anew. */
const LASTING_MS = 10_000;

/**
 * Time between the loss of a bucket and the next: nats-server 2.9 tells of a deletion first, removes
 * the files then, and takes those of a new bucket of that name along.
 */
const BUCKET_LOST_MS = 300;

/** Last words (a flush) get this long when a connection is closed. */
const CLOSE_TIMEOUT_MS = 2000;

/**
 * Keeps a session alive: connects, opens the bucket, watches over it, and begins again after
 * whatever went wrong. Resolves once `disposed` aborts, or `attempts` while no session stands.
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
    const startedAt = Date.now();
    try {
      const link = await connectToAny(addresses, settings, { ...options, signal });
      events.connected(again);
      again = true;
      await useLink(link, settings.bucket, { ...options, attempts: signal }, events);
    } catch (error) {
      if (signal.aborted) return;
      events.down(messageOf(error));
    }
    failures = Date.now() - startedAt > LASTING_MS ? 1 : failures + 1;
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
        events.down(openReason(error, server, bucketName));
        await pause(backoffMs(++failures, RETRY, Math.random), opening);
      }
    }
    if (lost.signal.aborted) events.down(String(lost.signal.reason));
  } finally {
    await closeConnection(connection);
  }
}

type Opened = Parameters<typeof watchOverBucket>[0];

/** Shows a session to the outside until the bucket is not what it was, or `over` aborts. */
async function useBucket(opened: Opened, over: AbortSignal, events: SessionEvents): Promise<void> {
  const bell = new Doorbell();
  const ended = new AbortController();
  const { connection, bucket } = opened;
  const session = { connection, bucket, signal: ended.signal, doubt: () => bell.ring() };
  events.up(session, opened.server);
  try {
    const reason = await watchOverBucket(opened, { signal: over, bell });
    if (reason !== undefined) events.down(reason);
  } finally {
    ended.abort();
  }
}

function openReason(error: unknown, server: string, bucket: string): string {
  return error instanceof BucketMissingError
    ? `Waits for the controller to create bucket "${bucket}" on NATS at ${server}`
    : bucketReason(error, server, bucket);
}

async function closeConnection(connection: NatsConnection): Promise<void> {
  if (connection.isClosed()) return;
  const timeUp = Promise.withResolvers<void>();
  const timer = setTimeout(() => timeUp.resolve(), CLOSE_TIMEOUT_MS);
  // An answer to the flush may never come; closing does not depend on it.
  await Promise.race([connection.drain().catch(() => {}), timeUp.promise]);
  clearTimeout(timer);
  await connection.close();
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, { signal }).catch(() => {});
}
