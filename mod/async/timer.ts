/** The longest delay that `setTimeout` takes, 24.8 days; it fires at once for a longer one. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Calls `act` once `ms` have passed, however many they are: never for Infinity, soon for 0 and
 * less, and not before a fraction is over. Disposing of the result takes the call back.
 */
export function startTimer(ms: number, act: () => void): Disposable {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const wait = (leftMs: number) => {
    const nextMs = Math.min(Math.max(Math.ceil(leftMs), 0), LONGEST_MS);
    timer = setTimeout(() => leftMs > nextMs ? wait(leftMs - nextMs) : act(), nextMs);
  };
  wait(ms);
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}
