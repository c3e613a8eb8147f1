import type { Clock } from "../../../ports/clock.ts";
import type { ImageReference } from "../../../pure/images/image_reference.ts";
import { isWaitedFor } from "../../../pure/relay/pause_patience.ts";
import { type HostFailure, jointly } from "../../../pure/relay/registry_failure.ts";
import type { DistrustedHosts } from "./distrusted_hosts.ts";
import { HostError } from "./host_error.ts";
import type { OpenHost } from "./open_host.ts";
import { RegistryError } from "./repository.ts";
import type { SharedTools } from "./shared_tools.ts";
import type { ShownSecrets } from "./shown_secrets.ts";
import type { SilentHosts } from "./silent_hosts.ts";

/** Who may be asked one question. */
export interface WalkOptions {
  readonly may: (host: OpenHost) => boolean;
  /** How long a host wants to be left alone by whoever asks, in ms. */
  readonly pausedMs: (host: OpenHost) => number;
  readonly signal: AbortSignal;
}

/** How often one question comes back at most to hosts that asked for a short pause. */
const MOST_AGAIN = 5;

/** Asks the hosts of a registry one after another, for one pull. */
export class HostWalk {
  readonly #registry: string;
  readonly #hosts: readonly OpenHost[];
  readonly #clock: Clock;
  readonly #silent: SilentHosts;
  readonly #distrusted: DistrustedHosts;
  readonly #secrets: ShownSecrets;
  /** Those that were down or refused: the others are asked before them, part by part. */
  readonly #troubled = new Set<OpenHost>();

  constructor(
    { registry }: Pick<ImageReference, "registry">,
    hosts: readonly OpenHost[],
    { clock, silent, distrusted, secrets }:
      & Pick<SharedTools, "clock" | "silent" | "distrusted">
      & { readonly secrets: ShownSecrets },
  ) {
    this.#registry = registry;
    this.#secrets = secrets;
    this.#silent = silent;
    this.#distrusted = distrusted;
    this.#hosts = hosts;
    this.#clock = clock;
  }

  /**
   * What the first host gives that can, of those that `may` be asked. `ask` throws `HostError` where
   * it gives nothing; when all have, throws `RegistryError`. When `signal` aborts, throws its reason.
   */
  async first<T>(
    { may, pausedMs, signal }: WalkOptions,
    ask: (host: OpenHost) => Promise<T>,
  ): Promise<T> {
    const waiting = this.#inOrder(this.#hosts.filter(may), pausedMs);
    const failures = new Map<OpenHost, HostFailure>();
    let again = MOST_AGAIN;
    const began = this.#clock.monotonicMs();
    for (let host = waiting.shift(); host !== undefined; host = waiting.shift()) {
      this.#silent.asking(host.root);
      try {
        const found = await ask(host);
        this.#silent.answered(host.root);
        this.#troubled.delete(host);
        return found;
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (!(error instanceof HostError)) throw error;
        const { failure } = error;
        failures.set(host, failure);
        if (failure.failure !== "not_found") this.#troubled.add(host);
        if (isSilence(failure)) this.#silent.silent(host.root);
        else this.#silent.answered(host.root);
        // Asked again behind the others: by then its pause may be over, and otherwise is waited for.
        const leftMs = failure.retryAfterMs ?? pausedMs(host);
        const pause = { leftMs, isTold: failure.retryAfterMs !== undefined };
        const inTime = isWaitedFor(pause, this.#clock.monotonicMs() - began);
        if (failure.failure === "rate_limited" && inTime && --again >= 0) waiting.push(host);
      }
    }
    const tried = [...failures].map(([{ address, origin }, failure]) => ({
      address,
      origin,
      failure: { ...failure, text: this.#secrets.maskedWords(failure.text) },
    }));
    const { status, ...joint } = jointly(tried);
    throw new RegistryError({ result: "failed", ...joint }, status);
  }

  /** Takes in that an answer of `host` broke off: others are asked before it. */
  failed(host: OpenHost): void {
    this.#troubled.add(host);
  }

  /** Takes in that `host` gave wrong bytes; behind the registry itself there is nobody to ask. */
  distrust({ root, origin }: OpenHost): void {
    if (!origin) this.#distrusted.add(this.#registry, root);
  }

  /**
   * As they are listed, but those in trouble behind the others, then those that gave wrong bytes, and
   * those in a pause last.
   */
  #inOrder(hosts: readonly OpenHost[], pausedMs: WalkOptions["pausedMs"]): OpenHost[] {
    const rankOf = (host: OpenHost) => pausedMs(host) > 0 ? 3 : this.#rankOf(host);
    return hosts.toSorted((a, b) => rankOf(a) - rankOf(b));
  }

  #rankOf(host: OpenHost): number {
    if (this.#distrusted.has(this.#registry, host.root)) return 2;
    return this.#troubled.has(host) || this.#silent.has(host.root) ? 1 : 0;
  }
}

/** Whether there was no answer at all. */
function isSilence({ failure, status }: HostFailure): boolean {
  return failure === "network" && status === undefined;
}
