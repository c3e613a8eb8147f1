import { Deadline } from "../async/deadline.ts";
import { pause } from "../async/delay.ts";
import type { Leadership } from "../ports/leadership.ts";
import type { Logger } from "../ports/logger.ts";
import type { StateStore } from "../ports/state_store.ts";
import { SEALED_PREFIX, SEALER_KEY } from "../pure/bucket/sealed_keys.ts";
import { messageOf } from "../pure/message_of.ts";
import { readKeys } from "./read_fleet.ts";

/** How soon it is looked whether it leads by now, or has not succeeded, in ms. */
const AGAIN_MS = 30_000;
/** How long that may take, in ms. */
const TIMEOUT_MS = 60_000;

/** What `withdrawLogins()` works with. */
export interface WithdrawalDeps {
  readonly store: StateStore;
  readonly leadership: Pick<Leadership, "leading">;
  readonly logger: Logger;
}

/**
 * Where nodes are given no logins of pull secrets, or no longer: once this controller leads, takes away
 * those that one before it has given, and the key by which agents show theirs. Ends when that is done.
 */
export async function withdrawLogins(deps: WithdrawalDeps, signal: AbortSignal): Promise<void> {
  const { leadership, logger } = deps;
  while (await pause(AGAIN_MS, signal)) {
    if (!leadership.leading()) continue;
    try {
      using deadline = new Deadline(TIMEOUT_MS, "the bucket to give up logins", signal);
      const count = await takeAway(deps.store, deadline.signal);
      if (count > 0) logger.info("Took back the logins of pull secrets, which are off", { count });
      return;
    } catch (error) {
      if (signal.aborted) return;
      logger.warn("Could not take back logins, trying again", { error: messageOf(error) });
    }
  }
}

/** Resolves to how many logins there were. */
async function takeAway(store: WithdrawalDeps["store"], signal: AbortSignal): Promise<number> {
  const there = await readKeys([SEALER_KEY, `${SEALED_PREFIX}>`], store, { signal });
  const keys = [...there.keys()];
  for (const key of keys) await store.delete(key, { signal });
  return keys.filter((key) => key !== SEALER_KEY).length;
}
