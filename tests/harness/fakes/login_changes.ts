/** Carries word that logins have come or changed to who waits for them. */
export class LoginChanges {
  readonly #followers = new Set<(reference?: string) => void>();

  /** Tells it: of one image (canonical reference), or of any. */
  tell(reference?: string): void {
    for (const changed of this.#followers) changed(reference);
  }

  /** Calls `changed` each time until `signal` aborts; what was told before is not told again. */
  follow(
    { signal, changed }: {
      readonly signal: AbortSignal;
      readonly changed: (reference?: string) => void;
    },
  ): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#followers.add(changed);
    signal.addEventListener("abort", () => {
      this.#followers.delete(changed);
      resolve();
    }, { once: true });
    return promise;
  }
}
