import { byUrgency, type PullCandidate } from "../pure/pulls/pull_choice.ts";

/** Why the agent ended a pull before its time. */
export type PullEnd =
  | { readonly why: "unwanted" }
  | { readonly why: "no_room"; readonly detail: string };

/** A pull that runs. */
export class RunningPull {
  readonly #own = new AbortController();
  #endedFor: PullEnd | undefined;
  /** Ends when the pull has ended and all is told. */
  done: Promise<void> = Promise.resolve();

  constructor(readonly candidate: PullCandidate) {}

  /** Aborts when this pull alone is ended. */
  get signal(): AbortSignal {
    return this.#own.signal;
  }

  /** Why it was ended; undefined: nobody did. */
  get endedFor(): PullEnd | undefined {
    return this.#endedFor;
  }

  /** Ends it; the first reason counts. */
  end(reason: PullEnd): void {
    this.#endedFor ??= reason;
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

  /** Of those that nobody has ended yet, the one that can be spared first. */
  leastUrgent(): RunningPull | undefined {
    const going = this.all().filter(({ endedFor }) => endedFor === undefined);
    return going.sort((a, b) => byUrgency(b.candidate, a.candidate))[0];
  }

  /** Resolves once all that run now have ended. */
  async ended(): Promise<void> {
    await Promise.all(this.all().map(({ done }) => done));
  }
}
