import { runAll } from "../../async/run_all.ts";
import { Wake } from "../../async/wake.ts";
import type { Logger } from "../../ports/logger.ts";
import { type Backoff, backoffMs, jittered } from "../../pure/backoff.ts";
import { messageOf } from "../../pure/message_of.ts";
import { ApiError } from "./api_error.ts";
import type { KubernetesClient } from "./client.ts";
import { type Discovered, Discovery } from "./discovery.ts";
import { followKind, type FollowOptions } from "./follow_kind.ts";
import { targetOf } from "./kind_target.ts";

/** Times of asking what an API server serves, in milliseconds. */
export interface ServedTimes {
  /** Asks again after this time: the kinds of API servers beside this one have no definitions. */
  readonly everyMs: number;
  /** Asks once more so long after news: a server's parts learn of a definition one by one. */
  readonly afterNewsMs: number;
  /** After a definition changed waits for this long without another one … */
  readonly quietMs: number;
  /** … but at most this long. */
  readonly maxQuietMs: number;
  /** Pause after the server said that definitions may not be watched. */
  readonly refusedMs: number;
  readonly backoff: Backoff;
}

const TIMES: ServedTimes = {
  everyMs: 50_000,
  afterNewsMs: 5_000,
  quietMs: 300,
  maxQuietMs: 3_000,
  refusedMs: 5 * 60_000,
  backoff: { baseMs: 500, maxMs: 30_000 },
};

/** What finding out needs beside the client. */
export interface ServedOptions extends Pick<FollowOptions, "metrics" | "random" | "tuning"> {
  readonly logger: Logger;
  readonly times?: Partial<ServedTimes> | undefined;
  /** Called after each answer and each failure. */
  readonly told: () => void;
}

/** Definitions of kinds; their metadata says that something happened to one, which is enough. */
const DEFINITIONS = targetOf({
  group: "apiextensions.k8s.io",
  version: "v1",
  kind: "CustomResourceDefinition",
  plural: "customresourcedefinitions",
  namespaced: false,
  metadataOnly: true,
});

/** Knows which kinds an API server serves, while they come and go. */
export class ServedKinds {
  readonly #client: KubernetesClient;
  readonly #options: ServedOptions;
  readonly #times: ServedTimes;
  readonly #discovery: Discovery;
  readonly #wake = new Wake();
  #failures = 0;
  /** What is served; undefined while that was never told. An outage leaves it as it was. */
  found: Discovered | undefined;
  /** Why it is not known, or not known anew. */
  trouble: { readonly reason: string; readonly refused: boolean } | undefined;

  constructor(client: KubernetesClient, options: ServedOptions) {
    this.#client = client;
    this.#options = options;
    this.#times = { ...TIMES, ...options.times };
    this.#discovery = new Discovery(client);
  }

  /** Asks again and again until `signal` aborts. */
  async follow(signal: AbortSignal): Promise<void> {
    await runAll(signal, [
      (signal) => this.#askAgain(signal),
      (signal) => this.#watchDefinitions(signal),
    ]);
  }

  /** Asks again soon: something looks as if kinds had come or gone. */
  doubt(cause: string): void {
    this.#wake.call(cause);
  }

  async #askAgain(signal: AbortSignal): Promise<void> {
    const { everyMs, afterNewsMs, quietMs, maxQuietMs: maxMs, backoff } = this.#times;
    const random = this.#options.random ?? Math.random;
    let hasNews = false;
    while (!signal.aborted) {
      await this.#ask(signal);
      if (signal.aborted) return;
      this.#options.told();
      const ms = jittered(hasNews ? afterNewsMs : everyMs, random);
      const idleMs = this.#failures > 0 ? backoffMs(this.#failures, backoff, random) : ms;
      hasNews = (await this.#wake.next({ signal, idleMs, quietMs, maxMs })).length > 0;
    }
  }

  async #ask(signal: AbortSignal): Promise<void> {
    try {
      this.found = await this.#discovery.ask(signal) ?? this.found;
      this.trouble = undefined;
      this.#failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      this.#failures++;
      const reason = messageOf(error);
      this.trouble = { reason, refused: error instanceof ApiError && isRefusal(error.status) };
      this.#options.logger.debug("Could not find out which kinds are served", { reason });
    }
  }

  /** Without the right to watch them, changes are found by asking. */
  async #watchDefinitions(signal: AbortSignal): Promise<void> {
    const { logger, metrics, random, tuning } = this.#options;
    const { refusedMs } = this.#times;
    const options = { logger, metrics, random, tuning: { ...tuning, refusedMs }, isOptional: true };
    let [isListing, wasListed] = [false, false];
    for await (const { type } of followKind(this.#client, DEFINITIONS, { signal, ...options })) {
      if (type === "reset") isListing = true;
      const isNews = type === "synced" ? wasListed : (type === "put" || type === "delete");
      if (type === "synced") [isListing, wasListed] = [false, true];
      if (isNews && !isListing) this.doubt("a definition changed");
    }
  }
}

/** Only somebody who grants a right can help. */
function isRefusal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 401 && status !== 429;
}
