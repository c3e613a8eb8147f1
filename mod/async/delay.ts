import { delay as stdDelay } from "@std/async/delay";

/** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
export function delay(ms: number, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
  return stdDelay(ms, options);
}
