import type { Presence } from "../pure/pulls/presence.ts";
import type { PullOutcome } from "../pure/pulls/pull_outcome.ts";

/** Versions of the runtime's client and daemon, such as `1.7.24`. */
export interface RuntimeVersion {
  readonly client: string;
  readonly server: string;
}

export type { Presence };

/**
 * What happened without the agent's doing. `deleted`: check `reference` again; `restarted`: check
 * every image again; `lost`: the runtime is gone, or at least its events are.
 */
export type RuntimeEvent =
  | { readonly type: "deleted"; readonly reference: string }
  | { readonly type: "lost" }
  | { readonly type: "restarted" };

/** A node's container runtime. References are canonical (`pure/images/image_reference.ts`). */
export interface ImageRuntime {
  /** Asks for the versions. Throws `RuntimeUnavailableError`. */
  version(options: { readonly signal: AbortSignal }): Promise<RuntimeVersion>;

  /**
   * Asks what the runtime holds of `references`, without any request to a registry. The map has an
   * entry for each of them. Throws `RuntimeUnavailableError`.
   */
  check(
    references: readonly string[],
    options: { readonly signal: AbortSignal },
  ): Promise<ReadonlyMap<string, Presence>>;

  /**
   * Pulls one image and verifies that it is usable; a pull that fails is an outcome, not an error.
   * When `signal` aborts, the pull is ended and the outcome is `cancelled`.
   */
  pull(reference: string, options: { readonly signal: AbortSignal }): Promise<PullOutcome>;

  /**
   * Follows deletions and daemon restarts through every outage; ends without throwing when `signal`
   * aborts. A broken connection yields `lost`, and a reconnect `restarted`, as deletions may have
   * been missed.
   */
  events(options: { readonly signal: AbortSignal }): AsyncIterable<RuntimeEvent>;
}
