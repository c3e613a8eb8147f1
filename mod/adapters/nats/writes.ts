import { ErrorCode } from "nats";
import type { Metrics } from "../../ports/metrics.ts";
import {
  StoreFullError,
  type StoreLimit,
  ValueTooLargeError,
  WriteForbiddenError,
} from "../../pure/bucket/store_errors.ts";
import { abortable } from "../../async/abortable.ts";
import { apiErrorOf, codeOf, fullReason } from "./reasons.ts";
import { type Bucket, subjectOf } from "./bucket.ts";
import type { Session } from "./sessions.ts";
import { messageOf } from "../../pure/message_of.ts";

/** One write to the bucket. */
export interface Write {
  readonly key: string;
  /** Absent: delete the key. */
  readonly value?: string;
}

/**
 * Writes once, and counts it. Throws `ValueTooLargeError`, `WriteForbiddenError`, `StoreFullError`, the
 * reason of an aborted `signal`, or an error worth a retry. The library ends each request after 5 s.
 */
export async function writeOnce(
  session: Session,
  write: Write,
  options: { readonly signal: AbortSignal; readonly metrics: Metrics },
): Promise<void> {
  const { signal, metrics } = options;
  const count = (result: "ok" | "failed" | "too_large") =>
    metrics.count("warm_images_store_writes_total", { result });
  try {
    await abortable(send(session, write), signal);
    count("ok");
  } catch (error) {
    if (signal.aborted) throw error;
    const explained = explain(error, session, write);
    count(explained instanceof ValueTooLargeError ? "too_large" : "failed");
    throw explained;
  }
}

async function send({ bucket, connection }: Session, { key, value }: Write): Promise<void> {
  // With a connection that is down, the library would keep the message for later: too late.
  if (connection.isClosed()) throw new Error("the connection is closed");
  if (value !== undefined) {
    await bucket.kv.put(key, new TextEncoder().encode(value));
    return;
  }
  try {
    // Not a purge by the library, whose rollup header the bucket refuses: see createStream().
    await bucket.kv.delete(key);
  } catch (error) {
    if (limitReached(error) === undefined) throw error;
    await purgeKey(bucket, key);
    await bucket.kv.delete(key);
  }
}

/**
 * Takes a key's value or marker away, which needs no room; with a `revision`, nothing newer than that.
 * Throws the library's errors.
 */
export async function purgeKey(bucket: Bucket, key: string, revision?: number): Promise<void> {
  const filter = subjectOf(bucket, key);
  const before = revision === undefined ? {} : { seq: revision + 1 };
  await bucket.manager.streams.purge(bucket.stream, { filter, ...before });
}

/** Error code of JetStream for a value above the stream's own limit. */
const MESSAGE_EXCEEDS_MAXIMUM = 10054;

/**
 * Which limit a write has met, if one. "Store failed" (10077) is also said of other failures; these
 * have texts of their own. Seen on nats-server 2.9 and 2.14.
 */
function limitReached(error: unknown): StoreLimit | undefined {
  const api = apiErrorOf(error);
  switch (api?.err_code) {
    case 10077:
      return /^maximum (bytes|messages) exceeded/.test(api.description) ? "bucket" : undefined;
    case 10002:
      return "account";
    case 10023:
    case 10028:
    case 10047:
      return "server";
    default:
      return undefined;
  }
}

/** The library's own message is only "503" where JetStream refuses a write with that code. */
function detailOf(error: unknown): string {
  return apiErrorOf(error)?.description || messageOf(error);
}

function explain(error: unknown, session: Session, { key, value = "" }: Write): Error {
  const bytes = new TextEncoder().encode(value).length;
  if (codeOf(error) === ErrorCode.MaxPayloadExceeded) {
    return new ValueTooLargeError(key, bytes, session.connection.info?.max_payload ?? bytes);
  }
  if (apiErrorOf(error)?.err_code === MESSAGE_EXCEEDS_MAXIMUM) {
    return new ValueTooLargeError(key, bytes, session.bucket.maxValueBytes);
  }
  if (codeOf(error) === ErrorCode.PermissionsViolation) {
    return new WriteForbiddenError(key, messageOf(error), { cause: error });
  }
  const limit = limitReached(error);
  if (limit !== undefined) {
    const reason = fullReason(limit, detailOf(error), session.server, session.bucket.name);
    return new StoreFullError(limit, reason, { cause: error });
  }
  session.requestCheck();
  const action = value === undefined ? "delete" : "store";
  const detail = detailOf(error);
  return new Error(`Cannot ${action} "${key}": ${detail}`, { cause: error });
}
