import { delay } from "../async/delay.ts";
import type { Logger } from "../ports/logger.ts";
import type { LoginStore } from "../ports/login_store.ts";
import { type FreshLogins, planLogins } from "../pure/logins/login_plan.ts";
import { messageOf } from "../pure/message_of.ts";
import { UnusableSettingsError } from "../pure/settings/settings.ts";

/** What both need beside the store. */
export interface KeepLoginsOptions {
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Pause between two tries, in ms. Default 2 s. */
  readonly retryMs?: number | undefined;
  /** How often to try. Default 45. */
  readonly tries?: number | undefined;
}

/**
 * Makes the logins that are missing and leaves those that are there. Objects may come in any order
 * (`kubectl apply`), so rights that are missing are waited for.
 */
export async function makeLogins(
  store: LoginStore,
  options: KeepLoginsOptions & { readonly makeUp: () => FreshLogins },
): Promise<void> {
  const { logger, signal, makeUp } = options;
  await persistently(options, async () => {
    const plan = planLogins(await store.find({ signal }), makeUp());
    await store.carryOut(plan, { signal });
    const { controller, agent } = plan.origins;
    if (plan.master) logger.info("Wrote the Secret with both logins", { controller, agent });
    if (plan.copy) logger.info("Wrote the agents' Secret");
    if (plan.restart !== undefined) logger.info("Had NATS restarted, as its logins changed");
    if (!plan.master && !plan.copy) logger.info("All logins are there");
  });
}

/** Deletes the logins, once what uses them is gone. */
export async function removeLogins(store: LoginStore, options: KeepLoginsOptions): Promise<void> {
  const { logger, signal } = options;
  await persistently(options, async () => {
    if (await store.remove({ signal })) logger.info("Removed the logins");
    else logger.warn("Left the logins alone: NATS is still installed");
  });
}

/** Tries again after every failure but one that no try mends; throws the last one. */
async function persistently(
  { logger, signal, retryMs = 2000, tries = 45 }: KeepLoginsOptions,
  act: () => Promise<void>,
): Promise<void> {
  let lastText = "";
  for (let left = tries - 1;; left--) {
    try {
      return await act();
    } catch (error) {
      if (signal.aborted || left <= 0 || error instanceof UnusableSettingsError) throw error;
      const text = messageOf(error);
      if (text !== lastText) logger.warn("Cannot do it yet", { error: text });
      lastText = text;
      await delay(retryMs, { signal });
    }
  }
}
