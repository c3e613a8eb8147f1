import { ErrorCode, type NatsConnection } from "nats";
import { pause } from "../../async/delay.ts";
import type { WakeSignal } from "../../async/wake_signal.ts";
import { jittered } from "../../pure/backoff.ts";
import type { Bucket } from "./bucket.ts";
import { bucketReason, codeOf, isStreamMissing } from "./reasons.ts";

/**
 * How often the bucket is checked when nothing seems wrong. Watches alone do not notice a bucket that
 * was deleted and recreated: the library then resumes at the old bucket's sequence number. The
 * server's advisories tell of that at once; the period is for who may not hear them.
 */
const CHECK_PERIOD_MS = 60_000;

/** A look that was not answered is repeated sooner. */
const SILENCE_MS = 10_000;

/** What all agents hear at the same moment, they look into within this time. */
const SPREAD_MS = 500;

/** A bucket, and the connection over which it was opened. */
export interface OpenedBucket {
  readonly connection: NatsConnection;
  readonly bucket: Bucket;
  readonly name: string;
  /** The server's address as logs may show it. */
  readonly server: string;
}

/**
 * Resolves, with the reason, once the bucket is no longer the one that was opened, or is out of
 * reach; `undefined` when `signal` aborted. Checks the bucket every minute, when `wake` rings, and when
 * the server announces a change of the stream.
 */
export async function untilBucketLost(
  opened: OpenedBucket,
  options: { readonly signal: AbortSignal; readonly wake: WakeSignal },
): Promise<string | undefined> {
  const { signal, wake } = options;
  // A user without the permission to hear advisories gets along with the period alone.
  const advisories = opened.connection.subscribe(
    `$JS.EVENT.ADVISORY.STREAM.*.${opened.bucket.stream}`,
    { callback: () => void pause(SPREAD_MS * Math.random(), signal).then(() => wake.ring()) },
  );
  try {
    for (let silences = 0; !signal.aborted;) {
      const periodMs = silences > 0 ? SILENCE_MS : CHECK_PERIOD_MS;
      await wake.wait({ ms: jittered(periodMs, Math.random), signal });
      if (signal.aborted) break;
      const fault = await checkBucket(opened);
      silences = fault?.silent ? silences + 1 : 0;
      // One late answer is load, not loss: a new watch of everything would only add to it.
      if (fault !== undefined && silences !== 1) return fault.reason;
    }
    return undefined;
  } finally {
    advisories.unsubscribe();
  }
}

interface Fault {
  readonly reason: string;
  /** The server gave no answer in time. */
  readonly silent: boolean;
}

/** Resolves to what is wrong with the bucket, if anything. */
async function checkBucket({ bucket, name, server }: OpenedBucket): Promise<Fault | undefined> {
  try {
    const info = await bucket.manager.streams.info(bucket.stream);
    if (String(info.created) === bucket.incarnation) return undefined;
    return { reason: `Bucket "${name}" on NATS at ${server} was recreated`, silent: false };
  } catch (error) {
    if (isStreamMissing(error)) {
      return { reason: `Bucket "${name}" on NATS at ${server} was deleted`, silent: false };
    }
    const silent = codeOf(error) === ErrorCode.Timeout;
    return { reason: bucketReason(error, server, name), silent };
  }
}
