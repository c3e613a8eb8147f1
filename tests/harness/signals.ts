/** The signal of work that nobody gives up. */
export function never(): AbortSignal {
  return new AbortController().signal;
}
