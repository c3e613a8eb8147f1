import { type JetStreamManager, NatsError, type StreamConfig, type StreamInfo } from "nats";
import { apiErrorOf } from "./reasons.ts";
import { isSince } from "./server_version.ts";

/**
 * nats-server 2.15 and newer allow 1,000 consumers on a stream, unless it or its account names
 * another number, and every agent has some. `-1` counts as no number there.
 */
const MAX_CONSUMERS = 100_000;

/** Creates the stream with room for the consumers of any cluster, as far as the account has it. */
export async function addStream(
  manager: JetStreamManager,
  config: Partial<StreamConfig> & { readonly name: string },
): Promise<StreamInfo> {
  try {
    return await manager.streams.add({ ...config, ["max_consumers"]: MAX_CONSUMERS });
  } catch (error) {
    if (!isBeyondAccount(error)) throw error;
    return await manager.streams.add(config);
  }
}

/** Gives a stream that names no number as much room, where the server would hold it to its own. */
export async function makeRoomForConsumers(
  manager: JetStreamManager,
  { config }: StreamInfo,
  serverVersion: string,
): Promise<void> {
  if (config.max_consumers > 0 || !isSince(serverVersion, 2, 15)) return;
  try {
    // As a whole configuration: the library's type of an update knows older servers, which refused.
    const change: Partial<StreamConfig> = { ["max_consumers"]: MAX_CONSUMERS };
    await manager.streams.update(config.name, change);
  } catch (error) {
    // The account has a limit of its own, or only an operator may change the stream: he has his way,
    // and a watch that is refused says so.
    if (!(error instanceof NatsError)) throw error;
  }
}

/** "maximum consumers limit reached": the account allows fewer, which then counts. */
function isBeyondAccount(error: unknown): boolean {
  return apiErrorOf(error)?.err_code === 10026;
}
