import { delay } from "../../../async/delay.ts";
import { backoffMs } from "../../../pure/backoff.ts";
import { messageOf } from "../../../pure/message_of.ts";
import { RegistryError } from "../registries/repository.ts";

/** Tries in a row of which none brings a byte. */
const MAX_TRIES = 5;
const BACKOFF = { baseMs: 200, maxMs: 3000 };
/** A registry that wants to be left alone for longer makes the pull fail, so that all hear of it. */
const LONGEST_RETRY_AFTER_MS = 3000;

/** Counts what fails while bytes are fetched; each byte that arrives forgives all. */
export class Tries {
  #failed = 0;

  progressed(): void {
    this.#failed = 0;
  }

  /** Waits before the next try. Throws a `RegistryError` when there is none, or the signal's reason. */
  async next(error: unknown, options: { readonly signal: AbortSignal }): Promise<void> {
    options.signal.throwIfAborted();
    const known = error instanceof RegistryError ? error : brokenBody(error);
    const { retryAfterMs = 0 } = known.failure;
    if (++this.#failed >= MAX_TRIES || !mayPass(known) || retryAfterMs > LONGEST_RETRY_AFTER_MS) {
      throw known;
    }
    await delay(Math.max(retryAfterMs, backoffMs(this.#failed, BACKOFF, Math.random)), options);
  }
}

/**
 * Whether the same request may succeed a moment later. A registry that asks for a pause (429) was
 * waited for already, as long as that is of use.
 */
function mayPass({ failure, status }: RegistryError): boolean {
  if (failure.failure === "bad_content" || failure.failure === "rate_limited") return false;
  return status === undefined || status === 408 || status >= 500;
}

function brokenBody(error: unknown): RegistryError {
  const detail = `The connection to the registry broke: ${messageOf(error)}`;
  return new RegistryError({ result: "failed", failure: "network", detail });
}
