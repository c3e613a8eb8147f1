import { byUrgency, type PullCandidate } from "../pure/pulls/pull_choice.ts";

/** A pull that runs. */
export class RunningPull {
  readonly #own = new AbortController();
  #endedFor: string | undefined;
  /** Ends when the pull has ended and all is told. */
  done: Promise<void> = Promise.resolve();
  /** By whose logins it may have the image (`grantsOf()`). */
  grants: ReadonlySet<string> = new Set();

  constructor(readonly candidate: PullCandidate) {}

  /** Aborts when this pull alone is ended. */
  get signal(): AbortSignal {
    return this.#own.signal;
  }

  /** How much room was missing when it was ended for that, for a person; undefined: it was not. */
  get endedFor(): string | undefined {
    return this.#endedFor;
  }

  /** Ends it: it may go on no more. */
  cancel(): void {
    this.#own.abort();
  }

  /** Ends it, as the disk runs full. */
  end(detail: string): void {
    this.#endedFor = detail;
    this.#own.abort();
  }
}

/** The pulls that run, by reference. */
export class RunningPulls {
  readonly #pulls = new Map<string, RunningPull>();

  get size(): number {
    return this.#pulls.size;
  }

  has(reference: string): boolean {
    return this.#pulls.has(reference);
  }

  candidates(): PullCandidate[] {
    return this.all().map(({ candidate }) => candidate);
  }

  all(): RunningPull[] {
    return [...this.#pulls.values()];
  }

  add(pull: RunningPull): void {
    this.#pulls.set(pull.candidate.reference, pull);
  }

  delete(reference: string): void {
    this.#pulls.delete(reference);
  }

  /** Of those that have not been ended yet, the one that can be spared first. */
  leastUrgent(): RunningPull | undefined {
    const going = this.all().filter(({ endedFor }) => endedFor === undefined);
    return going.sort((a, b) => byUrgency(b.candidate, a.candidate))[0];
  }

  /** Resolves once all that run now have ended. */
  async ended(): Promise<void> {
    await Promise.all(this.all().map(({ done }) => done));
  }
}
