import { Empty, type NatsConnection } from "nats";
import { abortable } from "../../async/abortable.ts";
import type { WakeSignal } from "../../async/wake_signal.ts";
import { jittered } from "../../pure/backoff.ts";
import { type Bucket, REQUEST_TIMEOUT_MS, subjectOf } from "./bucket.ts";
import type { Arrival } from "./newest_per_key.ts";

/** How often a key is looked at that is there … */
const PERIOD_MS = 60_000;
/** … and one that is missing, if nothing else arrives meanwhile. */
const MISSING_MS = 5_000;

/** The part of a connection that a look needs. */
export type Requests = Pick<NatsConnection, "request">;

/** The part of a bucket that a look needs. */
export type LookedBucket = Pick<Bucket, "name" | "stream" | "allowsDirect">;

/**
 * Looks at a key again and again, which takes a request where a watch takes a consumer. Resolves
 * once `signal` aborts, or to "refused" where the first look is not to be had: the bucket does not
 * allow it, or the user may not. Throws when a later one fails.
 */
export async function lookAtKey(
  connection: Requests,
  bucket: LookedBucket,
  key: string,
  { push, listed, arrived, signal }: {
    readonly push: (arrival: Arrival) => void;
    readonly listed: () => void;
    /** Rings when another key arrived: the one that is missing may be there now. */
    readonly arrived: WakeSignal;
    readonly signal: AbortSignal;
  },
): Promise<"refused" | void> {
  if (!bucket.allowsDirect) return "refused";
  let found = await lookOnce(connection, bucket, key, signal).catch(() => undefined);
  if (signal.aborted) return;
  if (found === undefined) return "refused";
  if (found.value !== undefined) push(found);
  listed();
  while (!signal.aborted) {
    await waitForNext(found, arrived, signal);
    if (signal.aborted) return;
    found = await lookOnce(connection, bucket, key, signal);
    push(found);
  }
}

async function waitForNext(found: Arrival, arrived: WakeSignal, signal: AbortSignal) {
  const isThere = found.value !== undefined;
  const endMs = performance.now() + jittered(isThere ? PERIOD_MS : MISSING_MS, Math.random);
  do {
    await arrived.wait({ ms: endMs - performance.now(), signal });
  } while (isThere && performance.now() < endMs && !signal.aborted);
}

/**
 * Reads the newest value of a key by a subject that names it, so that a user can be granted this key
 * alone. Source: https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-31.md
 */
async function lookOnce(
  connection: Requests,
  bucket: LookedBucket,
  key: string,
  signal: AbortSignal,
): Promise<Arrival> {
  const subject = `$JS.API.DIRECT.GET.${bucket.stream}.${subjectOf(bucket, key)}`;
  const asked = connection.request(subject, Empty, { timeout: REQUEST_TIMEOUT_MS });
  const { headers, data } = await abortable(asked, signal);
  const code = headers?.code ?? 0;
  if (code !== 0 && code !== 404) {
    throw new Error(`Cannot read "${key}": ${code} ${headers?.description}`);
  }
  const version = `${headers?.get("Nats-Sequence")}@${headers?.get("Nats-Time-Stamp")}`;
  const arrival = { type: "arrival", key, version } as const;
  const isThere = code === 0 && !headers?.get("KV-Operation");
  return isThere ? { ...arrival, value: new TextDecoder().decode(data) } : arrival;
}
