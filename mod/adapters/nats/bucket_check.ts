import { ErrorCode, type NatsConnection } from "nats";
import { jittered } from "../../pure/backoff.ts";
import type { Bucket } from "./bucket.ts";
import type { Doorbell } from "./doorbell.ts";
import { bucketReason, codeOf, isStreamMissing } from "./reasons.ts";

/**
 * How often the bucket is looked at when nothing seems wrong. Watches alone do not notice a bucket
 * that was deleted and made anew: the library then resumes at the old bucket's sequence number.
 */
const CHECK_PERIOD_MS = 10_000;

/** What is watched over. */
export interface WatchedBucket {
  readonly connection: NatsConnection;
  readonly bucket: Bucket;
  readonly name: string;
  /** The server as people may see it. */
  readonly server: string;
}

/**
 * Resolves, with the reason, once the bucket is no longer the one that was opened, or is out of
 * reach; `undefined` when `signal` aborted. Looks every 10 s, when `bell` rings, and when the server
 * tells of a change to the stream.
 */
export async function watchOverBucket(
  watched: WatchedBucket,
  options: { readonly signal: AbortSignal; readonly bell: Doorbell },
): Promise<string | undefined> {
  const { signal, bell } = options;
  const ring = () => bell.ring();
  signal.addEventListener("abort", ring);
  // A user without the permission to hear advisories gets along with the period alone.
  const advisories = watched.connection.subscribe(
    `$JS.EVENT.ADVISORY.STREAM.*.${watched.bucket.stream}`,
    { callback: ring },
  );
  try {
    for (let silences = 0; !signal.aborted;) {
      await bell.wait(jittered(CHECK_PERIOD_MS, Math.random));
      if (signal.aborted) break;
      const fault = await findFault(watched);
      silences = fault?.silent ? silences + 1 : 0;
      // One late answer is load, not loss: a new watch of everything would only add to it.
      if (fault !== undefined && silences !== 1) return fault.reason;
    }
    return undefined;
  } finally {
    signal.removeEventListener("abort", ring);
    advisories.unsubscribe();
  }
}

interface Fault {
  readonly reason: string;
  /** The server said nothing at all. */
  readonly silent: boolean;
}

async function findFault({ bucket, name, server }: WatchedBucket): Promise<Fault | undefined> {
  try {
    const info = await bucket.manager.streams.info(bucket.stream);
    if (String(info.created) === bucket.incarnation) return undefined;
    return { reason: `Bucket "${name}" on NATS at ${server} was made anew`, silent: false };
  } catch (error) {
    if (isStreamMissing(error)) {
      return { reason: `Bucket "${name}" on NATS at ${server} was deleted`, silent: false };
    }
    const silent = codeOf(error) === ErrorCode.Timeout;
    return { reason: bucketReason(error, server, name), silent };
  }
}
