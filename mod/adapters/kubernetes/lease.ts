import { pause } from "../../async/delay.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Conditions } from "../../ports/conditions.ts";
import type { Leadership } from "../../ports/leadership.ts";
import type { Logger } from "../../ports/logger.ts";
import { messageOf } from "../../pure/message_of.ts";
import { hasStatus } from "./api_error.ts";
import type { KubernetesClient } from "./client.ts";
import { type LeaseRecord, microTime, readLease, writeLease } from "./lease_record.ts";

/** What an election needs beside its client. */
export interface LeaseOptions {
  readonly name: string;
  readonly namespace: string;
  /** Unique for each process: two processes with the same identity would both lead. */
  readonly identity: string;
  readonly logger: Logger;
  /** `lease`: the Lease can be read and written. */
  readonly conditions: Conditions;
  readonly clock: Clock;
  /** Numbers in [0, 1) for jitter. */
  readonly random?: (() => number) | undefined;
  readonly tuning?: Partial<LeaseTuning> | undefined;
}

/** Times of an election in ms; the defaults are those of client-go. */
export interface LeaseTuning {
  /** How long a lease stays valid after its last observed renewal. */
  readonly leaseMs: number;
  /** How long a leader leads after its last successful renewal; shorter than `leaseMs`. */
  readonly renewDeadlineMs: number;
  /** Pause between attempts to renew or acquire the lease. */
  readonly retryMs: number;
  readonly requestTimeoutMs: number;
}

const TUNING: LeaseTuning = {
  leaseMs: 15_000,
  renewDeadlineMs: 10_000,
  retryMs: 2000,
  requestTimeoutMs: 5000,
};

/** Elects a leader by a Lease, by the rules of client-go's `leaderelection`. */
export function kubernetesLease(client: KubernetesClient, options: LeaseOptions): Leadership {
  return new LeaseElection(client, options);
}

class LeaseElection implements Leadership {
  readonly #client: KubernetesClient;
  readonly #options: LeaseOptions;
  readonly #tuning: LeaseTuning;
  readonly #now: () => number;
  readonly #random: () => number;
  /** The lease as last read or written, and when (by our clock) it last differed from before. */
  #known: { readonly record: LeaseRecord; readonly changedAt: number } | undefined;
  /** When (by our clock) the last successful renewal began; undefined while not leading. */
  #renewedAt: number | undefined;
  #lastReported = false;
  #lastLoggedTrouble = "";
  #lastLoggedHolder = "";

  constructor(client: KubernetesClient, options: LeaseOptions) {
    this.#client = client;
    this.#options = options;
    this.#tuning = { ...TUNING, ...options.tuning };
    this.#now = () => options.clock.monotonicMs();
    this.#random = options.random ?? Math.random;
    options.conditions.set("lease", false, "Has not asked for the Lease yet");
  }

  leading(): boolean {
    return this.#untilDeadlineMs() > 0;
  }

  async follow(
    options: { readonly signal: AbortSignal; readonly changed: (leading: boolean) => void },
  ): Promise<void> {
    const { signal, changed } = options;
    while (!signal.aborted) {
      await this.#attempt(signal);
      if (signal.aborted) break;
      this.#report(changed);
      await pause(this.#pauseMs(), signal);
      this.#report(changed); // the deadline may have passed during the pause
    }
    const held = this.leading() ? this.#known?.record : undefined;
    this.#renewedAt = undefined;
    this.#report(changed);
    if (held !== undefined) await this.#release(held);
  }

  /** Renews our lease, or acquires one that is free. A failure is logged once, and tried again. */
  async #attempt(signal: AbortSignal): Promise<void> {
    const startedAt = this.#now();
    try {
      const current = await this.#read(signal);
      if (current !== undefined && !this.#mayAcquire(current)) {
        this.#renewedAt = undefined;
        this.#logHolder(current.holder);
      } else {
        this.#remember(await this.#write(current, signal));
        this.#renewedAt = startedAt;
      }
      this.#lastLoggedTrouble = "";
      this.#options.conditions.set("lease", true);
    } catch (error) {
      // A conflict means that another contender was faster; the next attempt reads what it wrote.
      if (!signal.aborted && !hasStatus(error, 409)) this.#logTrouble(error);
    }
  }

  async #read(signal: AbortSignal): Promise<LeaseRecord | undefined> {
    try {
      const record = readLease(await this.#call("GET", this.#path(), undefined, signal));
      this.#remember(record);
      return record;
    } catch (error) {
      if (hasStatus(error, 404)) return undefined;
      throw error;
    }
  }

  #remember(record: LeaseRecord): void {
    const known = this.#known?.record;
    if (known?.holder !== record.holder || known.renewTime !== record.renewTime) {
      this.#known = { record, changedAt: this.#now() };
    }
  }

  /** The times in the lease are by the holder's clock, so only its changes count. */
  #mayAcquire({ holder }: LeaseRecord): boolean {
    return holder === "" || holder === this.#options.identity || this.#untilExpiryMs() <= 0;
  }

  async #write(before: LeaseRecord | undefined, signal: AbortSignal): Promise<LeaseRecord> {
    const { name, namespace, identity } = this.#options;
    const time = microTime(new Date(this.#options.clock.wallMs()));
    const ours = before?.holder === identity;
    const lease = writeLease({ name, namespace }, {
      holder: identity,
      durationMs: this.#tuning.leaseMs,
      renewTime: time,
      acquireTime: ours && before.acquireTime !== "" ? before.acquireTime : time,
      transitions: before === undefined ? 0 : before.transitions + (ours ? 0 : 1),
      ...(before !== undefined && { metadata: before.metadata }),
    });
    return readLease(
      before === undefined
        ? await this.#call("POST", this.#collection(), lease, signal)
        : await this.#call("PUT", this.#path(), lease, signal),
    );
  }

  /** Lets the next leader start at once, instead of when the lease expires. */
  async #release(held: LeaseRecord): Promise<void> {
    const { name, namespace, logger } = this.#options;
    const time = microTime(new Date(this.#options.clock.wallMs()));
    const lease = writeLease({ name, namespace }, {
      ...held,
      holder: "",
      durationMs: 1000,
      renewTime: time,
      acquireTime: time,
    });
    try {
      await this.#call("PUT", this.#path(), lease, new AbortController().signal);
    } catch (error) {
      logger.warn("Could not release the Lease, the next leader waits until it expires", {
        error: messageOf(error),
      });
    }
  }

  /** While leading, a call ends at the deadline, so that the end of leading is reported in time. */
  async #call(
    method: "GET" | "POST" | "PUT",
    path: string,
    body: unknown,
    signal: AbortSignal,
  ): Promise<unknown> {
    const { requestTimeoutMs } = this.#tuning;
    const remainingMs = this.#untilDeadlineMs();
    const timeoutMs = remainingMs > 0 ? Math.min(requestTimeoutMs, remainingMs) : requestTimeoutMs;
    return await this.#client.request(path, { method, body, signal, timeoutMs });
  }

  /** How long this process may still lead; 0 when it does not lead. */
  #untilDeadlineMs(): number {
    if (this.#renewedAt === undefined) return 0;
    return Math.max(0, this.#renewedAt + this.#tuning.renewDeadlineMs - this.#now());
  }

  /** How long the lease stays valid unless its holder renews it. */
  #untilExpiryMs(): number {
    const { leaseMs } = this.#tuning;
    if (this.#known === undefined) return leaseMs;
    const { record, changedAt } = this.#known;
    return changedAt + Math.max(record.durationMs, leaseMs) - this.#now();
  }

  /** Until the next attempt; sooner when our deadline or the other's lease ends before that. */
  #pauseMs(): number {
    const pauseMs = this.#tuning.retryMs * (1 + this.#random() / 5);
    const dueMs = this.leading() ? this.#untilDeadlineMs() : this.#untilExpiryMs();
    return dueMs > 0 ? Math.min(pauseMs, dueMs + 1) : pauseMs;
  }

  #path(): string {
    return `${this.#collection()}/${encodeURIComponent(this.#options.name)}`;
  }

  #collection(): string {
    const namespace = encodeURIComponent(this.#options.namespace);
    return `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
  }

  #report(changed: (leading: boolean) => void): void {
    const leading = this.leading();
    if (leading === this.#lastReported) return;
    this.#lastReported = leading;
    changed(leading);
  }

  #logHolder(holder: string): void {
    if (holder === this.#lastLoggedHolder) return;
    this.#lastLoggedHolder = holder;
    this.#options.logger.info("Standing by while another controller leads", { holder });
  }

  #logTrouble(error: unknown): void {
    const { namespace, logger, conditions } = this.#options;
    const text = hasStatus(error, 403)
      ? `Cannot use leases.coordination.k8s.io in namespace "${namespace}": ` +
        "grant the verbs get, create and update"
      : `Cannot take part in the election: ${messageOf(error)}`;
    conditions.set("lease", false, text);
    if (text !== this.#lastLoggedTrouble) logger.warn(text);
    this.#lastLoggedTrouble = text;
  }
}
