import type { JetStreamManager, KV, NatsConnection, StreamInfo } from "nats";
import type { BucketSettings } from "../../pure/settings/nats_settings.ts";
import { createStream, type UpdateFaults, updateStream } from "./bucket_config.ts";
import { isStreamMissing } from "./reasons.ts";

/**
 * Who opens the bucket: only the controller creates it, and sees to its settings. A reader is
 * somebody who looks at it, with a login of its own or the controller's.
 */
export type BucketRole =
  | { readonly name: "controller"; readonly settings: BucketSettings }
  | { readonly name: "agent" | "reader" };

/** An open bucket. */
export interface Bucket {
  readonly name: string;
  readonly kv: KV;
  readonly manager: JetStreamManager;
  /** Name of the stream under the bucket. */
  readonly stream: string;
  /** Creation time in ns: a bucket of the same name made later is another bucket. */
  readonly incarnation: string;
  /** The stream's own limit on a value, in bytes; -1: none. */
  readonly maxValueBytes: number;
  /** Whether single keys can be read without a consumer. */
  readonly allowsDirect: boolean;
  /** What the controller could not change about it. */
  readonly faults: UpdateFaults;
  /** The size limit that it was just given, where it is not the one that was asked for. */
  readonly chosenMaxBytes?: number;
}

/** The bucket does not exist, and this role does not create it. */
export class BucketMissingError extends Error {
  override readonly name = "BucketMissingError";
}

/** The subject under which a bucket has a key. */
export const subjectOf = ({ name }: Pick<Bucket, "name">, key: string): string =>
  `$KV.${name}.${key}`;

/** Every request to JetStream ends within this time. */
export const REQUEST_TIMEOUT_MS = 5000;

/**
 * Opens the bucket; as controller creates it when it is missing. Throws `BucketMissingError` or the
 * library's errors (`bucketReason()` explains them).
 *
 * An existing bucket is used as it is, so an operator may create it with more replicas, or raise
 * them (`nats stream edit KV_warm-images --replicas 3`), where the settings name no number.
 */
export async function openBucket(
  connection: NatsConnection,
  name: string,
  role: BucketRole,
): Promise<Bucket> {
  const manager = await connection.jetstreamManager({ timeout: REQUEST_TIMEOUT_MS });
  const views = connection.jetstream({ timeout: REQUEST_TIMEOUT_MS }).views;
  const stream = `KV_${name}`;
  const existing = await manager.streams.info(stream).catch((error: unknown) => {
    if (!isStreamMissing(error)) throw error;
  });
  if (existing === undefined && role.name !== "controller") throw new BucketMissingError(name);
  const version = connection.info?.version ?? "";
  const made = existing === undefined && role.name === "controller"
    ? await createStream(manager, name, role.settings, version)
    : undefined;
  const faults = existing !== undefined && role.name === "controller"
    ? await updateStream(manager, existing, role.settings, version)
    : {};
  const info: StreamInfo = made?.info ?? await manager.streams.info(stream);
  return {
    name,
    kv: await views.kv(name, { bindOnly: true }),
    manager,
    stream,
    incarnation: String(info.created),
    maxValueBytes: info.config.max_msg_size,
    allowsDirect: info.config.allow_direct,
    faults,
    ...(made?.chosenMaxBytes !== undefined && { chosenMaxBytes: made.chosenMaxBytes }),
  };
}
