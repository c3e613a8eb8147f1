import type { Conditions } from "../../ports/conditions.ts";
import type { Logger } from "../../ports/logger.ts";
import type { Metrics } from "../../ports/metrics.ts";
import type { Observation, WantsSource } from "../../ports/wants_source.ts";
import type { KubernetesClient } from "./client.ts";
import { KindRecords } from "./kind_records.ts";
import { type KindTarget, targetsOf } from "./kinds.ts";
import { type WatchChange, watchKind, type WatchTuning } from "./watch.ts";

/** What the source needs beside its client. */
export interface KubernetesSourceOptions {
  /** Workload kinds (`WORKLOAD_KINDS`); Namespaces and Nodes always join them. */
  readonly kinds: readonly string[];
  readonly logger: Logger;
  /** `kubernetes`: every kind that may be read is listed and connected. */
  readonly conditions: Conditions;
  readonly metrics: Metrics;
  /** Numbers in [0, 1) for jitter. */
  readonly random?: () => number;
  readonly tuning?: Partial<WatchTuning>;
}

/** Wants of an API server's objects. Throws when a kind is unknown. */
export function kubernetesSource(
  client: KubernetesClient,
  options: KubernetesSourceOptions,
): WantsSource {
  return new KubernetesSource(client, options);
}

/** One kind as it is followed. */
interface Followed {
  readonly target: KindTarget;
  readonly records: KindRecords;
  state: "starting" | "connected" | "down" | "refused";
  reason: string;
  /** Records that changed since `changed` was called; a list tells once, at its end. */
  untold: number;
}

class KubernetesSource implements WantsSource {
  readonly type = "kubernetes";
  readonly #client: KubernetesClient;
  readonly #options: KubernetesSourceOptions;
  readonly #followed: readonly Followed[];
  /** Whether some kind cannot be followed although it may be. */
  #isDown = false;

  constructor(client: KubernetesClient, options: KubernetesSourceOptions) {
    this.#client = client;
    this.#options = options;
    this.#followed = targetsOf(options.kinds).map((target) => ({
      target,
      records: new KindRecords(target.kind),
      state: "starting",
      reason: `${target.resource} not listed yet`,
      untold: 0,
    }));
    this.#showCondition();
  }

  async follow(
    options: { readonly signal: AbortSignal; readonly changed: (cause: string) => void },
  ): Promise<void> {
    const siblings = new AbortController();
    const { signal } = siblings;
    const stop = () => siblings.abort(options.signal.reason);
    if (options.signal.aborted) stop();
    options.signal.addEventListener("abort", stop, { once: true });
    const tasks = this.#followed.map(async (followed) => {
      try {
        await this.#followKind(followed, signal, options.changed);
      } catch (error) {
        siblings.abort();
        throw error;
      }
    });
    const ended = await Promise.allSettled(tasks);
    options.signal.removeEventListener("abort", stop);
    const failed = ended.find(({ status }) => status === "rejected");
    if (failed?.status === "rejected") throw failed.reason;
  }

  observe(): Observation {
    const settled = this.#followed.filter(({ records }) => records.synced);
    const all = function* () {
      for (const { records } of settled) yield* records.records;
    };
    return {
      synced: this.#followed.every(({ records, state }) => records.synced || state === "refused"),
      kinds: new Set(settled.map(({ target }) => target.kind)),
      workloads: {
        *[Symbol.iterator]() {
          for (const each of all()) if (each.type === "workload") yield each.workload;
        },
      },
      namespaces: {
        *[Symbol.iterator]() {
          for (const each of all()) if (each.type === "namespace") yield each.namespace;
        },
      },
      nodes: {
        *[Symbol.iterator]() {
          for (const each of all()) if (each.type === "node") yield each.node;
        },
      },
      faults: this.#followed.flatMap(({ records }) => records.faults),
    };
  }

  async #followKind(
    followed: Followed,
    signal: AbortSignal,
    changed: (cause: string) => void,
  ): Promise<void> {
    const { logger, metrics, random, tuning } = this.#options;
    const changes = watchKind(this.#client, followed.target, {
      signal,
      logger,
      metrics,
      ...(random && { random }),
      ...(tuning && { tuning }),
    });
    for await (const change of changes) {
      const cause = this.#apply(followed, change);
      if (cause !== undefined) changed(cause);
    }
  }

  /** Takes one change in; a text when the observation is another than before. */
  #apply(followed: Followed, change: WatchChange): string | undefined {
    const { target: { kind }, records } = followed;
    switch (change.type) {
      case "reset":
        records.beginList();
        return undefined;
      case "put":
      case "delete": {
        const key = change.type === "put"
          ? records.put(change.object)
          : records.delete(change.object);
        if (key === undefined) return undefined;
        if (!records.listing) return `${kind} ${key} changed`;
        followed.untold++;
        return undefined;
      }
      case "synced":
        return this.#synced(followed);
      case "up":
        this.#setState(followed, "connected", "");
        return undefined;
      case "down":
        return this.#down(followed, change.reason, change.refused);
      default:
        return change satisfies never;
    }
  }

  #synced(followed: Followed): string | undefined {
    const first = !followed.records.synced;
    const forgotten = followed.records.finishList();
    const news = first || forgotten || followed.untold > 0;
    followed.untold = 0;
    this.#setState(followed, "connected", "");
    return news ? `${followed.target.kind} listed` : undefined;
  }

  /** What is known stays known; a kind that may not be read no longer holds the others up. */
  #down(followed: Followed, reason: string, refused: boolean): string | undefined {
    const { kind } = followed.target;
    const news = followed.untold > 0 || (refused && followed.state === "starting");
    followed.untold = 0;
    this.#setState(followed, refused && !followed.records.synced ? "refused" : "down", reason);
    return news ? `${kind} interrupted` : undefined;
  }

  #setState(followed: Followed, state: Followed["state"], reason: string): void {
    followed.state = state;
    followed.reason = reason;
    this.#showCondition();
    this.#tellOutage();
  }

  /** One line for all kinds: they share the server, and mostly its troubles. */
  #tellOutage(): void {
    const { logger } = this.#options;
    const down = this.#followed.find(({ state }) => state === "down");
    if (down && !this.#isDown) {
      logger.warn("Cannot follow the API server, trying again", { reason: down.reason });
    }
    if (!down && this.#isDown) logger.info("Follows the API server again");
    this.#isDown = down !== undefined;
  }

  #showCondition(): void {
    const { conditions } = this.#options;
    const outage = this.#followed.find(({ state }) => state === "starting" || state === "down");
    const refused = this.#followed.filter(({ state }) => state === "refused");
    const reasons = [...(outage ? [outage] : []), ...refused].map(({ reason }) => reason);
    if (reasons.length === 0) conditions.set("kubernetes", true);
    else conditions.set("kubernetes", false, reasons.join("; "));
  }
}
