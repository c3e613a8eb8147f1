import { Deadline } from "../../async/deadline.ts";
import { finishesWithin } from "../../async/finishes_within.ts";
import { messageOf } from "../../pure/message_of.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Logger } from "../../ports/logger.ts";
import {
  type CtrTarget,
  leaseRemovalArguments,
  leasesArguments,
} from "../../pure/pulls/ctr_arguments.ts";
import { parseLeases } from "../../pure/pulls/ctr_output.ts";
import type { PullOutcome } from "../../pure/pulls/pull_outcome.ts";
import type { Presence } from "../../pure/pulls/presence.ts";
import { chooseLease } from "../../pure/pulls/lease_choice.ts";
import { askCtr, unavailable } from "./ask_ctr.ts";
import type { Ctr, CtrEnd } from "./ctr_process.ts";
import type { LeaseFiles } from "./lease_files.ts";

/** One run of `ctr images pull`. */
export interface LeasedRun {
  /** The moment before ctr was started, in ms since the epoch. */
  readonly startedAt: number;
  readonly ended: Promise<CtrEnd>;
  /** When ctr first asked the relay, in ms since the epoch; undefined: it has not, or has none. */
  firstRequestAt(): number | undefined;
}

/** A pull that runs for longer may be killed together with the agent: its lease is looked for before. */
const LONG_MS = 5000;
/** A containerd that hangs must not hold up the end of a pull for long. */
const ANSWER_MS = 5000;
/** Codes from here on are signals: ctr could not remove its lease itself then. */
const KILLED = 128;

/**
 * Leases of our own pulls. containerd keeps what a killed ctr has fetched for a day, by a lease: the
 * next pull goes on from there, and every pull, kubelet's as well, fails by it if it is wrong. What is
 * not certainly ours is left alone.
 */
export class OurLeases {
  readonly #ctr: Ctr;
  readonly #target: CtrTarget;
  readonly #files: LeaseFiles;
  readonly #logger: Logger;
  readonly #clock: Clock;
  #followed = 0;
  /** References by ids of leases of which no pull of ours is running. */
  #left: Promise<Map<string, string>> | undefined;

  constructor(
    deps: {
      readonly ctr: Ctr;
      readonly target: CtrTarget;
      readonly files: LeaseFiles;
      readonly logger: Logger;
      readonly clock: Clock;
    },
  ) {
    this.#ctr = deps.ctr;
    this.#target = deps.target;
    this.#files = deps.files;
    this.#logger = deps.logger;
    this.#clock = deps.clock;
  }

  /** Images of which pulls have left something, those of an earlier agent included. Does not throw. */
  async references(): Promise<ReadonlySet<string>> {
    return new Set((await this.#known()).values());
  }

  /** Whether a pull of ours runs. */
  get isFollowing(): boolean {
    return this.#followed > 0;
  }

  /** Leases that ended pulls have left. Does not throw. */
  async ids(): Promise<ReadonlySet<string>> {
    return new Set((await this.#known()).keys());
  }

  /**
   * Learns the lease of a run, if it may outlive ctr; a process for each short pull would be too dear.
   * Resolves after the run's end. Does not throw.
   */
  async follow(reference: string, run: LeasedRun): Promise<void> {
    this.#followed++;
    try {
      await this.#follow(reference, run);
    } finally {
      this.#followed--;
    }
  }

  async #follow(reference: string, run: LeasedRun): Promise<void> {
    const left = await this.#known(); // before there is a file for this run
    let id: string | undefined;
    const learn = async () => {
      id ??= await this.#find(run);
      if (id !== undefined) await this.#files.add(id, reference);
    };
    // A containerd that did not answer is asked again, each time after twice as long.
    for (let ms = LONG_MS; id === undefined && !await finishesWithin(run.ended, ms); ms *= 2) {
      await learn();
    }
    const { code } = await run.ended;
    if (code > KILLED) {
      await learn();
      if (id !== undefined) left.set(id, reference);
    } else if (id !== undefined) await this.#files.remove(id); // as ctr has done with the lease
  }

  /** Removes the leases of ended pulls of an image, or of all. Does not throw. */
  async remove(
    which: string | "all",
    { signal }: { readonly signal: AbortSignal },
  ): Promise<void> {
    const left = await this.#known();
    for (const [id, reference] of [...left]) {
      if (which !== "all" && which !== reference) continue;
      if (!await this.#removeOne(id, signal)) return;
      left.delete(id);
      await this.#files.remove(id);
    }
  }

  /** Removes what the end of a pull has made needless, or found to be wrong. Does not throw. */
  async settle(
    reference: string,
    outcome: PullOutcome,
    options: { readonly signal: AbortSignal },
  ): Promise<void> {
    if (outcome.result === "pulled") return await this.remove(reference, options);
    if (outcome.result !== "failed" || outcome.failure !== "bad_content") return;
    // Images share layers: whose lease keeps the wrong bytes is not told.
    await this.remove("all", options);
  }

  /** Removes leases of images that are there by now, such as by a pull of kubelet. Does not throw. */
  async removeOfUsable(
    seen: ReadonlyMap<string, Presence>,
    options: { readonly signal: AbortSignal },
  ): Promise<void> {
    for (const reference of await this.references()) {
      if (seen.get(reference)?.state === "usable") await this.remove(reference, options);
    }
  }

  #known(): Promise<Map<string, string>> {
    return this.#left ??= this.#files.read();
  }

  /** Whether containerd has it no longer. */
  async #removeOne(id: string, signal: AbortSignal): Promise<boolean> {
    try {
      const answer = await this.#ctr.ask(leaseRemovalArguments(id, this.#target), { signal });
      if (answer.code === 0 || answer.stderr.includes("not found")) return true;
      throw unavailable(this.#target, answer);
    } catch (error) {
      if (!signal.aborted) {
        this.#logger.warn("Could not remove what an ended pull has left in containerd", {
          lease: id,
          reason: messageOf(error),
        });
      }
      return false;
    }
  }

  /** Undefined too when containerd does not tell: what is left ends by itself then. */
  async #find(run: LeasedRun): Promise<string | undefined> {
    using deadline = new Deadline(ANSWER_MS, "containerd to list leases");
    try {
      const stdout = await askCtr(this.#ctr, this.#target, leasesArguments(this.#target), deadline);
      const askedAt = run.firstRequestAt();
      const until = askedAt ?? this.#clock.wallMs();
      const window = { from: run.startedAt, until, isMade: askedAt !== undefined };
      return chooseLease(parseLeases(stdout), window)?.id;
    } catch (error) {
      this.#logger.debug("Could not look for the lease of a pull", { reason: messageOf(error) });
      return undefined;
    }
  }
}
