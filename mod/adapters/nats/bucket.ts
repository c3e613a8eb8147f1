import { type JetStreamManager, type KV, type NatsConnection, StorageType } from "nats";
import { isStreamMissing } from "./reasons.ts";

/** Who opens the bucket: only the controller creates it. */
export type BucketRole = "controller" | "agent";

/** An open bucket. */
export interface Bucket {
  readonly kv: KV;
  readonly manager: JetStreamManager;
  /** Name of the stream under the bucket. */
  readonly stream: string;
  /** Creation time in ns: a bucket of the same name made later is another bucket. */
  readonly incarnation: string;
  /** The stream's own limit on a value, in bytes; -1: none. */
  readonly maxValueBytes: number;
}

/** The bucket does not exist, and this role does not create it. */
export class BucketMissingError extends Error {
  override readonly name = "BucketMissingError";
}

/** Every request to JetStream ends within this time. */
export const REQUEST_TIMEOUT_MS = 5000;

/**
 * Opens the bucket; as controller creates it when it is missing. Throws `BucketMissingError` or the
 * library's errors (`bucketReason()` explains them).
 *
 * A new bucket is kept in files, or the wanted set would die with the server process. Replicas stay
 * at the default of one, which every server can give: a bucket that is lost is written again by
 * controller and agents. An existing bucket is used as it is, so an operator may create it with
 * more, or raise them (`nats stream edit KV_warm-images --replicas 3`).
 */
export async function openBucket(
  connection: NatsConnection,
  name: string,
  role: BucketRole,
): Promise<Bucket> {
  const manager = await connection.jetstreamManager({ timeout: REQUEST_TIMEOUT_MS });
  const views = connection.jetstream({ timeout: REQUEST_TIMEOUT_MS }).views;
  const stream = `KV_${name}`;
  if (role === "controller") {
    await views.kv(name, {
      history: 1,
      storage: StorageType.File,
      description: "Wanted images and what nodes have of them (kubernetes-warm-images)",
    });
  }
  const info = await manager.streams.info(stream).catch((error: unknown) => {
    throw isStreamMissing(error) ? new BucketMissingError(name) : error;
  });
  return {
    kv: await views.kv(name, { bindOnly: true }),
    manager,
    stream,
    incarnation: String(info.created),
    maxValueBytes: info.config.max_msg_size,
  };
}
