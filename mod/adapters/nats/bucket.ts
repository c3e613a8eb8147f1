import {
  DiscardPolicy,
  type JetStreamManager,
  type KV,
  type NatsConnection,
  StorageType,
  type StreamInfo,
} from "nats";
import { messageOf } from "../../pure/message_of.ts";
import { addStream, makeRoomForConsumers } from "./consumer_limit.ts";
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
  /** Why the controller had to leave the bucket to whoever sends it a rollup header; see below. */
  readonly leftOpen?: string;
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
 * An existing bucket is used as it is, so an operator may create it with more replicas, or raise
 * them (`nats stream edit KV_warm-images --replicas 3`). Only rollups are switched off.
 */
export async function openBucket(
  connection: NatsConnection,
  name: string,
  role: BucketRole,
): Promise<Bucket> {
  const manager = await connection.jetstreamManager({ timeout: REQUEST_TIMEOUT_MS });
  const views = connection.jetstream({ timeout: REQUEST_TIMEOUT_MS }).views;
  const stream = `KV_${name}`;
  const info = await manager.streams.info(stream).catch(async (error: unknown) => {
    if (!isStreamMissing(error)) throw error;
    if (role === "controller") return await createStream(manager, name, stream);
    throw new BucketMissingError(name);
  });
  const leftOpen = role === "controller" ? await refuseRollups(manager, info) : undefined;
  if (role === "controller") {
    await makeRoomForConsumers(manager, info, connection.info?.version ?? "");
  }
  return {
    kv: await views.kv(name, { bindOnly: true }),
    manager,
    stream,
    incarnation: String(info.created),
    maxValueBytes: info.config.max_msg_size,
    ...(leftOpen !== undefined && { leftOpen }),
  };
}

/**
 * Creates the stream as the library's `views.kv()` would, except for rollups: who may write one key
 * could empty the whole bucket with the header `Nats-Rollup: all`.
 *
 * It is kept in files, or the wanted set would die with the server process. Replicas stay at the
 * default of one, which every server can give: a bucket that is lost is written again by controller
 * and agents.
 */
async function createStream(
  manager: JetStreamManager,
  name: string,
  stream: string,
): Promise<StreamInfo> {
  return await addStream(manager, {
    name: stream,
    description: "Wanted images and what nodes have of them (kubernetes-warm-images)",
    subjects: [`$KV.${name}.>`],
    ["max_msgs_per_subject"]: 1,
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    ["allow_direct"]: true,
    ["allow_rollup_hdrs"]: false,
  });
}

/** Switches rollups off in a bucket that the library made; returns why it could not. */
async function refuseRollups(
  manager: JetStreamManager,
  { config }: StreamInfo,
): Promise<string | undefined> {
  if (!config.allow_rollup_hdrs) return undefined;
  try {
    await manager.streams.update(config.name, { ["allow_rollup_hdrs"]: false });
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
