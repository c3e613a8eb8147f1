import { delay as stdDelay } from "@std/async/delay";

/** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
export async function delay(
  ms: number,
  options: { readonly signal?: AbortSignal } = {},
): Promise<void> {
  await stdDelay(ms, options);
}

/** Waits for `ms`, or until `signal` aborts. Resolves to whether the time passed. */
export function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  return delay(ms, { signal }).then(() => true, () => false);
}
