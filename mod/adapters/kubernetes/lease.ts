import { delay } from "../../async/delay.ts";
import type { Conditions } from "../../ports/conditions.ts";
import type { Logger } from "../../ports/logger.ts";
import type { Metrics } from "../../ports/metrics.ts";
import type { Leadership } from "../../ports/leadership.ts";
import { ApiError } from "./api_error.ts";
import type { KubernetesClient } from "./client.ts";
import { type LeaseRecord, microTime, readLease, writeLease } from "./lease_record.ts";
import { isConflict, leaseTrouble } from "./lease_trouble.ts";
import { messageOf } from "../../pure/message_of.ts";

/** What an election needs beside its client. */
export interface LeaseOptions {
  readonly name: string;
  readonly namespace: string;
  /** Unique for each process: two with the same one would both lead. */
  readonly identity: string;
  readonly logger: Logger;
  readonly conditions: Conditions;
  readonly metrics: Metrics;
  /** Local clock in ms that only goes forward. Default `performance.now`. */
  readonly now?: () => number;
  /** Numbers in [0, 1) for jitter. */
  readonly random?: () => number;
  readonly tuning?: Partial<LeaseTuning>;
}

/** Times of an election, with client-go's defaults. */
export interface LeaseTuning {
  /** So long after its last renewal was seen, the lease may be taken. */
  readonly leaseMs: number;
  /** So long after the last renewal that succeeded, the leader stops; less than `leaseMs`. */
  readonly renewDeadlineMs: number;
  readonly retryMs: number;
  readonly requestTimeoutMs: number;
}

const TUNING: LeaseTuning = {
  leaseMs: 15_000,
  renewDeadlineMs: 10_000,
  retryMs: 2000,
  requestTimeoutMs: 5000,
};

/** Elects by a Lease as client-go does; condition `lease` says whether the Lease can be used. */
export function kubernetesLease(client: KubernetesClient, options: LeaseOptions): Leadership {
  return new LeaseElection(client, options);
}

class LeaseElection implements Leadership {
  readonly #client: KubernetesClient;
  readonly #options: LeaseOptions;
  readonly #tuning: LeaseTuning;
  readonly #now: () => number;
  readonly #random: () => number;
  /** The lease as last seen, and when (by our clock) it last was another. */
  #seen: { readonly record: LeaseRecord; readonly at: number } | undefined;
  /** When (by our clock) the renewal began that succeeded last. */
  #renewedAt: number | undefined;
  #lastLoggedLeading = false;
  #lastLoggedTrouble = "";
  #lastLoggedHolder = "";

  constructor(client: KubernetesClient, options: LeaseOptions) {
    this.#client = client;
    this.#options = options;
    this.#tuning = { ...TUNING, ...options.tuning };
    this.#now = options.now ?? (() => performance.now());
    this.#random = options.random ?? Math.random;
    options.metrics.gauge("warm_images_leading", 0);
    options.conditions.set("lease", false, "Has not asked for the Lease yet");
  }

  leading(): boolean {
    return this.#remainingMs() > 0;
  }

  async follow(
    options: { readonly signal: AbortSignal; readonly changed: (leading: boolean) => void },
  ): Promise<void> {
    const { signal, changed } = options;
    while (!signal.aborted) {
      await this.#attempt(signal);
      if (signal.aborted) break;
      this.#tell(changed);
      await delay(this.#pauseMs(), { signal }).catch(() => {});
    }
    const held = this.leading() ? this.#seen?.record : undefined;
    this.#renewedAt = undefined;
    this.#tell(changed);
    if (held !== undefined) await this.#release(held);
  }

  /** One round: renew our lease, or take one that is free; failures are told once and retried. */
  async #attempt(signal: AbortSignal): Promise<void> {
    const startedAt = this.#now();
    try {
      const before = await this.#look(signal);
      if (before !== undefined && !this.#mayTake(before)) {
        this.#tellHolder(before.holder);
        this.#renewedAt = undefined;
        return;
      }
      this.#see(await this.#write(before, signal), this.#now());
      this.#renewedAt = startedAt;
      this.#works();
    } catch (error) {
      if (!signal.aborted && !isConflict(error)) this.#tellTrouble(error);
    }
  }

  async #look(signal: AbortSignal): Promise<LeaseRecord | undefined> {
    try {
      const record = readLease(await this.#call("GET", this.#path(), undefined, signal));
      this.#see(record, this.#now());
      return record;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  #see(record: LeaseRecord, at: number): void {
    const before = this.#seen?.record;
    if (before?.holder !== record.holder || before.renewTime !== record.renewTime) {
      this.#seen = { record, at };
    }
  }

  /** The holder's times are never trusted: only how long we have seen no change. */
  #mayTake(record: LeaseRecord): boolean {
    return record.holder === "" || record.holder === this.#options.identity ||
      this.#untilExpiryMs() <= 0;
  }

  #untilExpiryMs(): number {
    if (this.#seen === undefined) return this.#tuning.leaseMs;
    const { record, at } = this.#seen;
    return at + Math.max(record.durationMs, this.#tuning.leaseMs) - this.#now();
  }

  async #write(before: LeaseRecord | undefined, signal: AbortSignal): Promise<LeaseRecord> {
    const { name, namespace, identity } = this.#options;
    const time = microTime(new Date());
    const ours = before?.holder === identity;
    const lease = writeLease({ name, namespace }, {
      holder: identity,
      durationMs: this.#tuning.leaseMs,
      renewTime: time,
      acquireTime: ours && before.acquireTime !== "" ? before.acquireTime : time,
      transitions: before === undefined ? 0 : before.transitions + (ours ? 0 : 1),
      ...(before && { resourceVersion: before.resourceVersion }),
    });
    return readLease(
      before === undefined
        ? await this.#call("POST", this.#collection(), lease, signal)
        : await this.#call("PUT", this.#path(), lease, signal),
    );
  }

  /** A free lease lets the next one lead at once, instead of after its whole duration. */
  async #release(held: LeaseRecord): Promise<void> {
    const { name, namespace, logger } = this.#options;
    const time = microTime(new Date());
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
      logger.warn("Lease not released, the next leader waits until it expires", {
        error: messageOf(error),
      });
    }
  }

  /** A leader's call ends at its deadline, so that the loss is told in time. */
  async #call(
    method: "GET" | "POST" | "PUT",
    path: string,
    body: unknown,
    signal: AbortSignal,
  ): Promise<unknown> {
    const { requestTimeoutMs } = this.#tuning;
    const remaining = this.#remainingMs();
    const timeoutMs = remaining > 0 ? Math.min(requestTimeoutMs, remaining) : requestTimeoutMs;
    return await this.#client.request(path, {
      method,
      ...(body !== undefined && { body }),
      signal,
      timeoutMs,
    });
  }

  #remainingMs(): number {
    if (this.#renewedAt === undefined) return 0;
    return Math.max(0, this.#renewedAt + this.#tuning.renewDeadlineMs - this.#now());
  }

  /** Not past the moment at which something is due: our deadline, or the other's expiry. */
  #pauseMs(): number {
    const pause = this.#tuning.retryMs * (1 + this.#random() / 5);
    const due = this.leading() ? this.#remainingMs() : this.#untilExpiryMs();
    return due > 0 ? Math.min(pause, due + 1) : pause;
  }

  #path(): string {
    return `${this.#collection()}/${encodeURIComponent(this.#options.name)}`;
  }

  #collection(): string {
    const namespace = encodeURIComponent(this.#options.namespace);
    return `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
  }

  #tell(changed: (leading: boolean) => void): void {
    const leading = this.leading();
    if (leading === this.#lastLoggedLeading) return;
    this.#lastLoggedLeading = leading;
    const { logger, metrics, name, namespace, identity } = this.#options;
    metrics.gauge("warm_images_leading", leading ? 1 : 0);
    logger.info(leading ? "Leads from now on" : "Leads no more", { namespace, name, identity });
    changed(leading);
  }

  #works(): void {
    this.#lastLoggedTrouble = "";
    this.#options.conditions.set("lease", true);
  }

  #tellHolder(holder: string): void {
    this.#works();
    if (holder === this.#lastLoggedHolder) return;
    this.#lastLoggedHolder = holder;
    this.#options.logger.info("Another controller leads, this one stands by", { holder });
  }

  #tellTrouble(error: unknown): void {
    const { namespace, logger, conditions } = this.#options;
    const text = leaseTrouble(error, namespace);
    conditions.set("lease", false, text);
    if (text !== this.#lastLoggedTrouble) logger.warn(text);
    this.#lastLoggedTrouble = text;
  }
}
