import { delay } from "@std/async/delay";

/** Polls until `check` holds; throws an error that names `what` after `timeoutMs` (2 minutes: a wait is no measurement). */
export async function waitUntil(
  what: string,
  check: () => boolean | Promise<boolean>,
  options: { readonly timeoutMs?: number; readonly everyMs?: number } = {},
): Promise<void> {
  const { timeoutMs = 120_000, everyMs = 50 } = options;
  const deadline = Date.now() + timeoutMs;
  while (!await check()) {
    if (Date.now() > deadline) {
      throw new Error(`Waited ${timeoutMs / 1000} s in vain until ${what}`);
    }
    await delay(everyMs);
  }
}

/** Awaits what a broken system might never finish; throws after 6 minutes. */
export async function within<T>(promise: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error("Waited 6 minutes in vain")), 360_000);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether a server says yes to this; throws when it does not answer within 2 s. */
export async function answersOk(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
  await response.body?.cancel();
  return response.ok;
}
