import { ErrorCode, NatsError } from "nats";
import type { Metrics } from "../../ports/metrics.ts";
import { ValueTooLargeError, WriteForbiddenError } from "../../pure/bucket/store_errors.ts";
import { abortable } from "../../async/abortable.ts";
import { codeOf } from "./reasons.ts";
import type { Session } from "./sessions.ts";
import { messageOf } from "../../pure/message_of.ts";

/** One write to the bucket. */
export interface Write {
  readonly key: string;
  /** Absent: delete the key. */
  readonly value?: string;
}

/**
 * Writes once, and counts it. Throws `ValueTooLargeError`, the reason of an aborted `signal`, or an
 * error worth a retry. The library ends each request after 5 s.
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
  // Not a purge, whose rollup header the bucket refuses: see openBucket().
  if (value === undefined) await bucket.kv.delete(key);
  else await bucket.kv.put(key, new TextEncoder().encode(value));
}

/** Error code of JetStream for a value above the stream's own limit. */
const MESSAGE_EXCEEDS_MAXIMUM = 10054;

function explain(error: unknown, session: Session, { key, value = "" }: Write): Error {
  const bytes = new TextEncoder().encode(value).length;
  if (codeOf(error) === ErrorCode.MaxPayloadExceeded) {
    return new ValueTooLargeError(key, bytes, session.connection.info?.max_payload ?? bytes);
  }
  if (error instanceof NatsError && error.api_error?.err_code === MESSAGE_EXCEEDS_MAXIMUM) {
    return new ValueTooLargeError(key, bytes, session.bucket.maxValueBytes);
  }
  if (codeOf(error) === ErrorCode.PermissionsViolation) {
    return new WriteForbiddenError(key, messageOf(error), { cause: error });
  }
  session.requestCheck();
  const action = value === undefined ? "delete" : "store";
  const detail = messageOf(error);
  return new Error(`Cannot ${action} "${key}": ${detail}`, { cause: error });
}
