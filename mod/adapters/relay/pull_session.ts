import type { Clock } from "../../ports/clock.ts";
import type { LookUp, RelayTraffic } from "../../ports/pull_relay.ts";
import type { LoginCandidate } from "../../ports/registry_logins.ts";
import type { Decoded } from "../../pure/bucket/decode.ts";
import type { Blob, ImageContent } from "../../pure/images/image_content.ts";
import {
  imageContent,
  isIndex,
  manifestFor,
  type Platform,
} from "../../pure/images/image_manifest.ts";
import type { ImageReference } from "../../pure/images/image_reference.ts";
import { requestedRange } from "../../pure/relay/requested_range.ts";
import { openBlob } from "./blobs/blob_stream.ts";
import type { AheadStore } from "./blobs/ahead_store.ts";
import type { BlobSource } from "./blobs/range_answer.ts";
import { Intake, type SharedIntake } from "./blobs/intake.ts";
import { bare, type RelayAnswer, type RelayRequest } from "./door/relay_answer.ts";
import { byLogins } from "./login_choice.ts";
import type { PublicProofs } from "./public_proofs.ts";
import { type ManifestAnswer, RegistryError, type Repository } from "./registries/repository.ts";

/** An index may name an index, and that one another. */
const MOST_INDEXES = 4;

/** What the relay knows of one pull, and how it answers the runtime. */
export class PullSession {
  readonly #reference: ImageReference;
  /** By the login, if any, that the image was had by. */
  #repository: Repository;
  readonly #withoutLogin: Repository;
  readonly #logins: readonly LoginCandidate[];
  readonly #proofs: PublicProofs;
  readonly #onGivenUp: (login: LoginCandidate) => void;
  readonly #platform: Platform;
  readonly #intake: Intake;
  readonly #ahead: AheadStore;
  readonly #clock: Clock;
  /** What the registry has refused: the runtime asks again, as its hosts.toml names the relay twice. */
  readonly #refused = new Map<string, RegistryError>();
  /** By tag and by digest: what the runtime will ask for again. */
  readonly #manifests = new Map<string, ManifestAnswer>();
  /** Bytes of each blob of the image. */
  readonly #sizes = new Map<string, number>();
  readonly #sending = new Set<string>();
  readonly #ended = new AbortController();
  #deliveredBytes = 0;
  #firstRequestAt: number | undefined;
  #failure: RelayTraffic["failure"];

  constructor(
    reference: ImageReference,
    repository: Repository,
    { platform, intake, ahead, clock, logins = [], proofs, onGivenUp }: {
      readonly platform: Platform;
      readonly intake: SharedIntake;
      readonly ahead: AheadStore;
      readonly clock: Clock;
      readonly logins?: readonly LoginCandidate[] | undefined;
      readonly proofs: PublicProofs;
      readonly onGivenUp: (login: LoginCandidate) => void;
    },
  ) {
    this.#clock = clock;
    this.#ahead = ahead;
    this.#reference = reference;
    this.#repository = repository;
    this.#withoutLogin = repository;
    this.#logins = logins;
    this.#proofs = proofs;
    this.#onGivenUp = onGivenUp;
    this.#platform = platform;
    this.#intake = new Intake(intake);
  }

  get traffic(): RelayTraffic {
    return {
      arrivedBytes: this.#intake.bytes,
      deliveredBytes: this.#deliveredBytes,
      sending: this.#sending,
      firstRequestAt: this.#firstRequestAt,
      failure: this.#failure,
    };
  }

  /** Aborts when the pull is over. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** Breaks all connections of this pull. */
  end(): void {
    this.#ended.abort(new Error("The pull is over"));
    this.#ahead.releaseAll(this);
  }

  async lookUp(
    { signal, known }: { readonly signal: AbortSignal; readonly known?: string | undefined },
  ): Promise<LookUp> {
    const { tag, digest } = this.#reference;
    const target = digest ?? tag ?? "latest";
    const choice = {
      reference: this.#reference,
      repository: this.#withoutLogin,
      candidates: this.#logins,
      proofs: this.#proofs,
      onGivenUp: this.#onGivenUp,
      signal,
    };
    try {
      const { value, repository, as } = await byLogins(choice, async (repository) => {
        if (known !== undefined) {
          const { digest } = await repository.manifest("HEAD", target, { signal });
          if (digest === known) return { result: "same" } as const;
        }
        return await this.#content(repository, target, signal);
      });
      this.#ahead.releaseAll(this);
      this.#repository = repository;
      return value.result === "failed" ? value : { ...value, ...as && { as } };
    } catch (error) {
      if (signal.aborted || !(error instanceof RegistryError)) throw error;
      return error.failure;
    }
  }

  /** See `RelayedPull.fetchAhead`. */
  async fetchAhead(
    blobs: readonly Blob[],
    { signal }: { readonly signal: AbortSignal },
  ): Promise<boolean> {
    const sourceOf = ({ digest, bytes }: Blob) => this.#source(digest, bytes);
    return await this.#ahead.fetch(this, blobs, { signal, sourceOf });
  }

  /** See `RelayedPull.distrust`. */
  distrust(): void {
    this.#repository.distrust();
  }

  /** Whose bytes may be shared with this pull: those of the same login, or of none. */
  get login(): string | undefined {
    return this.#repository.login?.key;
  }

  /** Whether requests for this repository, as a path has it, are of this pull. */
  isOf(repository: string): boolean {
    return repository === this.#reference.repository;
  }

  /**
   * Answers a request of the runtime for `manifests/…` or `blobs/…` of this repository. Throws when
   * its signal aborts, or the pull ends.
   */
  async answer(
    kind: "manifests" | "blobs",
    target: string,
    request: RelayRequest,
  ): Promise<RelayAnswer> {
    this.#firstRequestAt ??= this.#clock.wallMs();
    const signal = AbortSignal.any([this.#ended.signal, request.signal]);
    const asked = `${kind} ${target}`;
    try {
      const refused = this.#refused.get(asked);
      if (refused !== undefined) throw refused;
      return kind === "manifests"
        ? await this.#manifest(target, request, signal)
        : await this.#blob(target, request, signal);
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      this.#refused.set(asked, error);
      this.#failure = error.failure;
      return bare(error.status ?? 502);
    }
  }

  async #content(repository: Repository, target: string, signal: AbortSignal): Promise<LookUp> {
    this.#manifests.clear();
    this.#sizes.clear();
    const first = await this.#kept(repository, target, signal);
    let manifest = first;
    let platform: string | undefined;
    for (let indexes = 0; isIndex(manifest.mediaType); indexes++) {
      if (indexes === MOST_INDEXES) {
        return invalid(`there are more than ${indexes} indexes in it`, repository);
      }
      const found = manifestFor(new TextDecoder().decode(manifest.bytes), this.#platform);
      if ("fault" in found) return invalid(found.fault, repository);
      if (found.value === undefined) {
        return { result: "failed", failure: "no_platform", detail: "Nothing for this platform" };
      }
      ({ platform } = found.value);
      manifest = await this.#kept(repository, found.value.digest, signal);
    }
    const content = this.#read(manifest, first.digest);
    if ("fault" in content) return invalid(content.fault, repository);
    return { result: "found", content: { ...content.value, ...(platform && { platform }) } };
  }

  /** Reads a manifest, to which `digest` led; from now on the runtime gets what it consists of. */
  #read({ digest: own, mediaType, bytes }: ManifestAnswer, digest: string): Decoded<ImageContent> {
    const content = imageContent(new TextDecoder().decode(bytes), {
      digest,
      manifest: { digest: own, mediaType, bytes: bytes.length },
    });
    if ("fault" in content) return content;
    const { config, layers } = content.value;
    for (const { digest, bytes } of [config, ...layers]) this.#sizes.set(digest, bytes);
    return content;
  }

  async #kept(
    repository: Repository,
    target: string,
    signal: AbortSignal,
  ): Promise<ManifestAnswer> {
    const answer = await repository.manifest("GET", target, { signal });
    this.#manifests.set(target, answer);
    this.#manifests.set(answer.digest, answer);
    return answer;
  }

  async #manifest(
    target: string,
    { method }: RelayRequest,
    signal: AbortSignal,
  ): Promise<RelayAnswer> {
    const known = this.#manifests.get(target);
    const answer = known ?? await this.#repository.manifest(method, target, { signal });
    // ctr fetches each image that an index has for its platform, though one of them is enough.
    if (known === undefined && method === "GET") this.#read(answer, answer.digest);
    const { mediaType, digest, bytes } = answer;
    const headers = {
      "content-type": mediaType,
      "docker-content-digest": digest,
      "content-length": String(bytes.length),
    };
    return { status: 200, headers, body: [bytes] };
  }

  async #blob(
    digest: string,
    { method, range: header }: RelayRequest,
    signal: AbortSignal,
  ): Promise<RelayAnswer> {
    const bytes = this.#sizes.get(digest);
    if (bytes === undefined) return bare(404);
    const asked = requestedRange(header ?? null, bytes);
    if (asked.kind === "unsatisfiable") {
      return bare(416, { "content-range": `bytes */${bytes}` });
    }
    const range = asked.kind === "part" ? asked : { from: 0, end: bytes };
    const headers = {
      "accept-ranges": "bytes",
      "content-length": String(range.end - range.from),
      "content-type": "application/octet-stream",
      "docker-content-digest": digest,
      ...(asked.kind === "part" &&
        { "content-range": `bytes ${range.from}-${range.end - 1}/${bytes}` }),
    };
    const status = asked.kind === "part" ? 206 : 200;
    if (method === "HEAD") return { status, headers };
    const chunks = this.#ahead.find(this, digest)?.read(range, signal) ??
      await openBlob(this.#source(digest, bytes), range, signal);
    return { status, headers, body: this.#sent(digest, chunks) };
  }

  #source(digest: string, bytes: number): BlobSource {
    return { repository: this.#repository, digest, bytes, intake: this.#intake };
  }

  /** Passes `chunks` on to the runtime, which owns each until it asks for the next. */
  async *#sent(
    digest: string,
    chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
  ): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    this.#sending.add(digest);
    try {
      for await (const chunk of chunks) {
        this.#deliveredBytes += chunk.length;
        yield chunk;
        // Left to the garbage collector, bytes that were sent would come to 30–80 MB (measured).
        chunk.buffer.transfer(0);
      }
      this.#ahead.release(this, digest);
    } catch (error) {
      if (error instanceof RegistryError) {
        this.#failure = error.failure;
        this.#refused.set(`blobs ${digest}`, error);
      }
      throw error;
    } finally {
      this.#sending.delete(digest);
    }
  }
}

function invalid(fault: string, repository: Repository): LookUp {
  const detail = `Cannot read its manifest: ${repository.masked(fault)}`;
  return { result: "failed", failure: "invalid", detail };
}
