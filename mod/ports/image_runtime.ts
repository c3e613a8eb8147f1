import type { Presence } from "../pure/pulls/presence.ts";
import type { PullOutcome } from "../pure/pulls/pull_outcome.ts";

/** Versions as `ctr version` prints them, such as "1.7.24". */
export interface RuntimeVersion {
  readonly client: string;
  readonly server: string;
}

export type { Presence };

/**
 * Something changed behind our back: look again at `reference`, or at everything; `lost` says that
 * the runtime went away, or at least its events.
 */
export type RuntimeEvent =
  | { readonly type: "deleted"; readonly reference: string }
  | { readonly type: "lost" }
  | { readonly type: "restarted" };

/** A node's container runtime. References are canonical (`pure/image_reference.ts`). */
export interface ImageRuntime {
  /** Asks client and daemon for their versions; throws `RuntimeUnavailableError`. */
  version(options: { readonly signal: AbortSignal }): Promise<RuntimeVersion>;

  /**
   * Asks the runtime what it holds of `references`, without any request to a registry.
   * The map has an entry for each of them. Throws `RuntimeUnavailableError`.
   */
  check(
    references: readonly string[],
    options: { readonly signal: AbortSignal },
  ): Promise<ReadonlyMap<string, Presence>>;

  /**
   * Pulls one image and verifies that it is usable; never throws for a failed pull.
   * When `signal` aborts, the pull is ended and the outcome is `cancelled`.
   */
  pull(reference: string, options: { readonly signal: AbortSignal }): Promise<PullOutcome>;

  /**
   * Follows deletions and daemon restarts for ever, reconnecting by itself; ends quietly when
   * `signal` aborts. A broken connection yields `lost`, and a reconnect `restarted`, as deletions
   * may have been missed.
   */
  events(options: { readonly signal: AbortSignal }): AsyncIterable<RuntimeEvent>;
}
