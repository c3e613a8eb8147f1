import type { Blob } from "../pure/images/image_content.ts";
import type { Presence } from "../pure/pulls/presence.ts";
import type { PullOutcome } from "../pure/pulls/pull_outcome.ts";
import type { PullProgress } from "../pure/pulls/pull_progress.ts";
import type { ImageBytes } from "./image_bytes.ts";
import type { LoginCandidate } from "./registry_logins.ts";
import type { UseEvent } from "../pure/uses/use_event.ts";

/** Versions of the runtime's client and daemon, such as `1.7.24`. */
export interface RuntimeVersion {
  readonly client: string;
  readonly server: string;
}

export type { Presence };

export type { UseEvent };

/**
 * What happened on the node. `deleted`: check `reference` again; `restarted`: check every image
 * again; `lost`: the runtime is gone, or at least its events are. Of uses nothing is told before the
 * first `following`, and between a `lost` and the next one.
 */
export type RuntimeEvent =
  | { readonly type: "deleted"; readonly reference: string }
  | { readonly type: "lost" }
  | { readonly type: "restarted" }
  | UseEvent;

/** What of an image is not on the node yet, asked before any of it is fetched. */
export interface PullSize {
  /** All blobs of the image, as they are stored in the registry. */
  readonly bytes: number;
  /** Those that the runtime lacks. */
  readonly missing: readonly Blob[];
  /** What is to be kept of it: `bytes` are not unpacked. Absent: the image. */
  readonly as?: "bytes" | undefined;
}

/** Whether a pull may go on; `detail` says how much room is missing. */
export type Admission =
  | { readonly admitted: true }
  | { readonly admitted: false; readonly detail: string };

/** How one pull goes about it. */
export interface PullOptions {
  /** Ends the pull; the outcome is `cancelled`. */
  readonly signal: AbortSignal;
  /**
   * What the reference stood for at the last pull (`sha256:…`): while it still does, the registry is
   * asked once and nothing else happens.
   */
  readonly known?: string | undefined;
  /** By which it is tried, one after the other, where it cannot be had without. */
  readonly logins?: readonly LoginCandidate[] | undefined;
  /** Asked once, as soon as sizes are known; never, where they cannot be known before the pull. */
  readonly admit?: ((size: PullSize) => Admission | Promise<Admission>) | undefined;
  /** Called while the pull goes on, about once a second. */
  readonly progress?: ((progress: PullProgress) => void) | undefined;
}

/** A node's container runtime. References are canonical (`pure/images/image_reference.ts`). */
export interface ImageRuntime {
  /** Images of which only the bytes are kept; undefined: none can be. */
  readonly bytes?: ImageBytes | undefined;

  /** Asks for the versions. Throws `RuntimeUnavailableError`. */
  version(options: { readonly signal: AbortSignal }): Promise<RuntimeVersion>;

  /**
   * Asks what the runtime holds of `references`, without any request to a registry. The map has an
   * entry for each of them. Of those in `bytes` it suffices that their bytes are kept whole. Throws
   * `RuntimeUnavailableError`.
   */
  check(
    references: readonly string[],
    options: { readonly signal: AbortSignal; readonly bytes?: ReadonlySet<string> | undefined },
  ): Promise<ReadonlyMap<string, Presence>>;

  /**
   * Pulls one image and verifies that it is usable; a pull that fails is an outcome, not an error.
   * When `signal` aborts, the pull is ended and the outcome is `cancelled`. What an ended pull has
   * left is kept for the next one, until `discard()`.
   */
  pull(reference: string, options: PullOptions): Promise<PullOutcome>;

  /**
   * Gives up what ended pulls of this image have left: half downloads and what protects them. Never
   * touches what others have left. Does not throw.
   */
  discard(reference: string, options: { readonly signal: AbortSignal }): Promise<void>;

  /**
   * Images of which ended pulls have left something, those of an agent before this one included. Does
   * not throw.
   */
  leftovers(): Promise<ReadonlySet<string>>;

  /**
   * Whether somebody else, such as kubelet, is downloading now; undefined when that cannot be told.
   * Does not throw.
   */
  othersDownload(options: { readonly signal: AbortSignal }): Promise<boolean | undefined>;

  /** While paused, running pulls fetch nothing from registries; they go on afterwards. */
  pausePulls(paused: boolean): void;

  /**
   * Follows deletions, uses and daemon restarts through every outage; ends without throwing when
   * `signal` aborts. A broken connection yields `lost`, and a reconnect `restarted`, as deletions may have
   * been missed.
   */
  events(options: { readonly signal: AbortSignal }): AsyncIterable<RuntimeEvent>;
}
