import { delay as stdDelay } from "@std/async/delay";

/** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
export async function delay(
  ms: number,
  options: { readonly signal?: AbortSignal } = {},
): Promise<void> {
  await stdDelay(ms, options);
}
