import type { Logger } from "../../ports/logger.ts";
import type { Decoded } from "../../pure/bucket/decode.ts";
import { SecretText } from "../../pure/registry_logins/secret_text.ts";
import { UnreadableError } from "./read_text.ts";

/** What was made of files, beside what is wrong with parts of them. */
export interface Understood<T> {
  readonly value: T;
  /** For the log, each whole in itself; without secrets. */
  readonly remarks: readonly string[];
  /** Figures for the log. */
  readonly counts: Readonly<Record<string, number>>;
}

/** Files that may change at any time. */
export interface ChangingFiles<T> {
  /** What a person calls them: `login file`. */
  readonly what: string;
  readonly path: string;
  /** What to do where they cannot be used: `correct it, or leave out --registry-logins`. */
  readonly advice: string;
  readonly logger: Logger;
  /** Their whole text. Throws `UnreadableError`, or the signal's reason. */
  load(signal: AbortSignal): Promise<string>;
  understand(text: string): Decoded<Understood<T>> | Promise<Decoded<Understood<T>>>;
  /** Called when another value is in force. */
  changed(): void;
}

/**
 * What files say, of which the last good reading stays in force: they may be half written, or be
 * swapped by Kubernetes, at any moment. What is wrong is said once. They are read whole at each look,
 * as they are small: times of files miss a second change within one tick of the kernel's clock.
 */
export class KeptReading<T> {
  readonly #files: ChangingFiles<T>;
  readonly #signal: AbortSignal;
  #value: T;
  #text: SecretText | undefined;
  #said: string | undefined;
  #isGood = false;
  #looking: Promise<void> | undefined;

  /** `initial` is in force until there is a good reading; `signal` ends looks. */
  constructor(files: ChangingFiles<T>, initial: T, signal: AbortSignal) {
    this.#files = files;
    this.#signal = signal;
    this.#value = initial;
  }

  get value(): T {
    return this.#value;
  }

  /** Reads them anew; those who ask at the same time share a reading. Throws the signal's reason. */
  look(): Promise<void> {
    return this.#looking ??= this.#look().finally(() => this.#looking = undefined);
  }

  async #look(): Promise<void> {
    try {
      const text = await this.#files.load(this.#signal);
      if (this.#text?.reveal() !== text) await this.#take(text);
      else if (this.#said !== undefined) this.#sayWell({});
    } catch (error) {
      if (!(error instanceof UnreadableError)) throw error;
      this.#sayFault(error.message);
    }
  }

  async #take(text: string): Promise<void> {
    const understood = await this.#files.understand(text);
    if ("fault" in understood) {
      this.#sayFault(understood.fault);
      return;
    }
    const { value, remarks, counts } = understood.value;
    this.#value = value;
    this.#text = new SecretText(text);
    this.#isGood = true;
    this.#sayWell(counts);
    const { what, path, logger } = this.#files;
    for (const reason of remarks) {
      logger.warn(`Left out a part of the ${what}`, { path, reason });
    }
    this.#files.changed();
  }

  #sayWell(counts: Readonly<Record<string, number>>): void {
    const { what, path, logger } = this.#files;
    this.#said = undefined;
    logger.info(`Read the ${what}`, { path, ...counts });
  }

  #sayFault(fault: string): void {
    if (this.#said === fault) return;
    this.#said = fault;
    const { what, path, advice, logger } = this.#files;
    const outcome = this.#isGood ? "what it said before stays in force" : "it counts as empty";
    logger.warn(`Cannot use the ${what}: ${outcome}`, { path, reason: `${fault}: ${advice}` });
  }
}
