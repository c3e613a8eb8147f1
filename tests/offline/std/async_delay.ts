/** Stand-in for `jsr:@std/async/delay`: what this project uses of it, with the published signature. */
export interface DelayOptions {
  signal?: AbortSignal;
  persistent?: boolean;
}

/** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
export function delay(ms: number, options: DelayOptions = {}): Promise<void> {
  const { signal, persistent = true } = options;
  if (signal?.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", abort, { once: true });
    if (!persistent) Deno.unrefTimer(Number(timer));
  });
}
