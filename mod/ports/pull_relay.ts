import type { Blob, ImageContent } from "../pure/images/image_content.ts";
import type { PullFailure } from "../pure/pulls/pull_outcome.ts";

import type { LoginCandidate } from "./registry_logins.ts";

/** Carries the bytes of pulls from registries to the runtime, through the agent. */
export interface PullRelay {
  /**
   * Begins to carry one pull of `reference` (canonical). Asks no registry. Resolves to why not, for a
   * person, where the settings of its registry are beyond the relay: the runtime pulls by itself then.
   * `logins` are tried one after the other, where the image cannot be had without; the first of them
   * that is `forPublic` is used where it can.
   */
  open(
    reference: string,
    options?: { readonly logins?: readonly LoginCandidate[] | undefined },
  ): Promise<RelayedPull | NotRelayed>;

  /** While paused, nothing is fetched for any pull; connections stay open. */
  pause(paused: boolean): void;
}

/** Why a pull has to go without the relay. */
export interface NotRelayed {
  readonly direct: string;
}

/** One pull that the relay carries; disposing ends it, and its address with it. */
export interface RelayedPull extends AsyncDisposable {
  /** Absolute path of the folder of hosts.toml files for this pull, the same here and on the host. */
  readonly hostsDir: string;

  /**
   * Asks the registry what the image consists of for this machine's platform; the runtime then gets
   * the same answers without the registry being asked again. With `known`, which the reference stood
   * for before, at most one cheap question is asked while it still does. When `signal` aborts, throws
   * its reason.
   */
  lookUp(
    options: { readonly signal: AbortSignal; readonly known?: string | undefined },
  ): Promise<LookUp>;

  /**
   * Fetches these blobs into memory, so that the runtime has them at once when it asks. Resolves to
   * false, early, when they cannot be had that way: too large, too slow, or the registry fails. When
   * `signal` aborts, throws its reason.
   */
  fetchAhead(blobs: readonly Blob[], options: { readonly signal: AbortSignal }): Promise<boolean>;

  /**
   * Tells that the runtime has found bytes that are not those of their digest: the mirrors that gave
   * them are asked after the others for a while, so that the next try has another end.
   */
  distrust(): void;

  /** What has happened so far. */
  readonly traffic: RelayTraffic;
}

/** What a registry says that a reference stands for. */
export type LookUp =
  | {
    readonly result: "found";
    readonly content: ImageContent;
    /** What may be kept of it; absent: the image. */
    readonly as?: "bytes" | undefined;
  }
  /** Still what was `known`; `as` as above. */
  | { readonly result: "same"; readonly as?: "bytes" | undefined }
  | RegistryFailure;

/** Why a registry did not give what it was asked for; `detail` as in `PullOutcome`. */
export interface RegistryFailure {
  readonly result: "failed";
  readonly failure: PullFailure;
  readonly detail: string;
  /** How long the registry asked to be left alone (429), in ms. */
  readonly retryAfterMs?: number | undefined;
}

/** What a relayed pull has come to. */
export interface RelayTraffic {
  /** Bytes of blobs that have arrived from registries. */
  readonly arrivedBytes: number;
  /** Bytes of blobs that the runtime has taken. */
  readonly deliveredBytes: number;
  /** Digests of blobs that the runtime is being sent now. */
  readonly sending: ReadonlySet<string>;
  /** When the runtime's first request came, in ms since the epoch; undefined: none has come. */
  readonly firstRequestAt: number | undefined;
  /** The last request of the runtime that failed for good; others beside it may have succeeded. */
  readonly failure: RegistryFailure | undefined;
}
