import type { RegistryFailure } from "../../../ports/pull_relay.ts";
import type { LoginSource } from "../../../ports/registry_logins.ts";

/** One repository of a registry, reached as the node's hosts.toml says. All throw `RegistryError`. */
export interface Repository {
  /**
   * Asks for a manifest by tag or digest; the body has been read. `HEAD` brings none.
   * `digest` is what the registry says, or what the bytes make.
   */
  manifest(
    method: "GET" | "HEAD",
    target: string,
    options: { readonly signal: AbortSignal },
  ): Promise<ManifestAnswer>;

  /**
   * Asks for a blob, or for a part of it. The answer may begin at 0 although a part was asked for:
   * some servers know no ranges. Whoever gets it reads the body to its end, or cancels it. `bytes` is
   * the length of the whole blob: a host where it has another is passed over.
   */
  blob(
    digest: string,
    options: {
      readonly signal: AbortSignal;
      readonly part?: BlobPart | undefined;
      readonly bytes?: number | undefined;
    },
  ): Promise<BlobAnswer>;

  /**
   * Tells that the bytes that came for a blob (undefined: for any of them) are not those of its
   * digest: whoever gave them is asked after the others for a while, also by other pulls.
   */
  distrust(digest?: string): void;

  /** What a registry says, for a person, without what this pull has shown to any. */
  masked(text: string): string;

  /** By which it is asked; undefined: without one. */
  readonly login?: RepositoryLogin | undefined;

  /**
   * The same, asked by the login of `source`; undefined: it has none. With `onGivenUp` it is done
   * without, where that gives what the login does not, which is told once. When `signal` aborts,
   * throws its reason.
   */
  withLogin(
    source: LoginSource,
    options: { readonly signal: AbortSignal; readonly onGivenUp?: (() => void) | undefined },
  ): Promise<Repository | undefined>;
}

/** A login that a repository is asked by. */
export interface RepositoryLogin {
  /** Another one for another login: what one has fetched is not for whoever has another. */
  readonly key: string;
}

/** A manifest, or an index of manifests, as the registry sent it. */
export interface ManifestAnswer {
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Bytes of a blob, from the first one to before `end`. */
export interface BlobPart {
  readonly from: number;
  readonly end: number;
}

/** Bytes of a blob as they come. */
export interface BlobAnswer {
  /** Offset of the first byte. */
  readonly from: number;
  /** Bytes of the body, if the server says so. */
  readonly length?: number | undefined;
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** To be called when the body broke off or stood still: the next question goes to others first. */
  brokeOff(): void;
}

/** A registry, with all its hosts, did not give what it was asked for. */
export class RegistryError extends Error {
  override readonly name = "RegistryError";

  constructor(
    readonly failure: RegistryFailure,
    /** Of the HTTP answer; undefined: there was none. */
    readonly status?: number,
  ) {
    super(failure.detail);
  }
}
