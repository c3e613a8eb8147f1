/** Lets one loop sleep until it is time, or until somebody rings. A ring before the wait counts. */
export class Doorbell {
  #rung = Promise.withResolvers<void>();

  /** Ends the present wait, or the next one at once. */
  ring(): void {
    this.#rung.resolve();
  }

  /** Resolves after `ms`, or sooner when somebody rings. */
  async wait(ms: number): Promise<void> {
    const timeUp = Promise.withResolvers<void>();
    const timer = setTimeout(() => timeUp.resolve(), ms);
    await Promise.race([timeUp.promise, this.#rung.promise]);
    clearTimeout(timer);
    this.#rung = Promise.withResolvers();
  }
}
