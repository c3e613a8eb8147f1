import {
  DiscardPolicy,
  type JetStreamManager,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from "nats";
import type { BucketSettings } from "../../pure/settings/nats_settings.ts";
import { messageOf } from "../../pure/message_of.ts";
import { addStream, makeRoomForConsumers } from "./consumer_limit.ts";
import { apiErrorOf } from "./reasons.ts";
import { isSince } from "./server_version.ts";

/** Larger than any value of ours: reports come in parts of at most 900 KB. */
const MAX_VALUE_BYTES = 1024 * 1024;

/** Size limit where an account demands one and none was given; halved until there is room for it. */
const DEFAULT_MAX_BYTES = 256 * 1024 * 1024;
/** No bucket is made smaller than this by halving. */
const LEAST_MAX_BYTES = 1024 * 1024;

/** A consumer that nobody listens to is gone after this, whatever whoever made it asked for; in ns. */
const CONSUMER_IDLE_NS = 15 * 1_000_000_000;

/** A stream that was made, and the size limit if it is not the one that was asked for. */
export interface CreatedStream {
  readonly info: StreamInfo;
  readonly chosenMaxBytes?: number;
}

/**
 * Creates the stream as the library's `views.kv()` would, except for rollups: who may write one key
 * could empty the whole bucket with the header `Nats-Rollup: all`. It is kept in files, or the wanted
 * set would die with the server process.
 *
 * An account may demand a size limit: then one is chosen, as it is when the one that was asked for
 * is more than there is. `version` is the server's.
 */
export async function createStream(
  manager: JetStreamManager,
  name: string,
  settings: BucketSettings,
  version: string,
): Promise<CreatedStream> {
  const create = async (maxBytes: number) =>
    await addStream(manager, {
      name: `KV_${name}`,
      description: "Wanted images and what nodes have of them (kubernetes-warm-images)",
      subjects: [`$KV.${name}.>`],
      ["max_msgs_per_subject"]: 1,
      ["max_msg_size"]: MAX_VALUE_BYTES,
      ["max_bytes"]: maxBytes,
      ["num_replicas"]: settings.replicas ?? 1,
      ...placementOf(settings),
      storage: StorageType.File,
      discard: DiscardPolicy.New,
      ["allow_direct"]: true,
      ["allow_rollup_hdrs"]: false,
      // The library refuses them for an older server.
      ...(isSince(version, 2, 10) && {
        ["consumer_limits"]: { ["inactive_threshold"]: CONSUMER_IDLE_NS },
      }),
    });
  const asked = settings.maxBytes ? settings.maxBytes : undefined;
  try {
    return { info: await create(asked ?? -1) };
  } catch (error) {
    if (!(isLimitDemanded(error) || (asked !== undefined && isTooMuch(error)))) throw error;
  }
  for (let maxBytes = asked ?? DEFAULT_MAX_BYTES;; maxBytes = Math.floor(maxBytes / 2)) {
    try {
      return { info: await create(maxBytes), chosenMaxBytes: maxBytes };
    } catch (error) {
      if (!isTooMuch(error) || maxBytes / 2 < LEAST_MAX_BYTES) throw error;
    }
  }
}

/** What of an existing bucket could not be brought to where it should be, and why. */
export interface UpdateFaults {
  /** It obeys rollup headers. */
  readonly rollups?: string;
  /** It has not the replicas, place or size limit that the settings name. */
  readonly settings?: string;
}

/**
 * Brings an existing stream to what the settings name, and closes what a user that may write one key
 * could abuse. What the settings do not name stays as an operator has made it; what they name is set,
 * downwards too. `version` is the server's.
 */
export async function updateStream(
  manager: JetStreamManager,
  info: StreamInfo,
  settings: BucketSettings,
  version: string,
): Promise<UpdateFaults> {
  const { config } = info;
  await makeRoomForConsumers(manager, info, version);
  const update = async (change: Partial<StreamConfig>): Promise<string | undefined> => {
    if (Object.keys(change).length === 0) return undefined;
    return await manager.streams.update(config.name, change)
      .then(() => undefined, (error: unknown) => messageOf(error));
  };
  const rollups = await update({
    ...(config.allow_rollup_hdrs && { ["allow_rollup_hdrs"]: false }),
    ...(!config.allow_direct && { ["allow_direct"]: true }),
    ...(config.max_msg_size < 0 && { ["max_msg_size"]: MAX_VALUE_BYTES }),
  });
  let asked: string | undefined;
  for (const change of changesOf(config, settings)) asked ??= await update(change);
  return {
    ...(rollups !== undefined && config.allow_rollup_hdrs && { rollups }),
    ...(asked !== undefined && { settings: asked }),
  };
}

/** In steps, as "can not move and scale a stream in a single update". */
function changesOf(config: StreamConfig, settings: BucketSettings): Partial<StreamConfig>[] {
  const { replicas = config.num_replicas, maxBytes } = settings;
  const wantedBytes = maxBytes === undefined ? config.max_bytes : maxBytes || -1;
  const { placement } = placementOf(settings);
  const sameCluster = !placement?.cluster || placement.cluster === config.placement?.cluster;
  const tags = (list: readonly string[] = []) => list.toSorted().join(" ");
  const sameTags = !placement || tags(placement.tags) === tags(config.placement?.tags);
  return [
    wantedBytes === config.max_bytes ? {} : { ["max_bytes"]: wantedBytes },
    replicas === config.num_replicas ? {} : { ["num_replicas"]: replicas },
    placement && !(sameCluster && sameTags) ? { placement } : {},
  ];
}

function placementOf({ placement }: BucketSettings): Pick<Partial<StreamConfig>, "placement"> {
  const { cluster, tags } = placement;
  if (cluster === undefined && tags.length === 0) return {};
  return { placement: { cluster: cluster ?? "", tags: [...tags] } };
}

/** "account requires a stream config to have max bytes set" */
function isLimitDemanded(error: unknown): boolean {
  return apiErrorOf(error)?.err_code === 10113;
}

/** The limit is above what account or server can still give. */
function isTooMuch(error: unknown): boolean {
  const api = apiErrorOf(error);
  if (api?.err_code === 10005) return api.description.includes("insufficient storage");
  return api !== undefined && [10002, 10023, 10047, 10122].includes(api.err_code ?? 0);
}
