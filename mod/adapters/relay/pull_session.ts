import type { LookUp, RelayTraffic } from "../../ports/pull_relay.ts";
import type { Blob, ImageContent } from "../../pure/images/image_content.ts";
import {
  imageContent,
  isIndex,
  manifestFor,
  type Platform,
} from "../../pure/images/image_manifest.ts";
import type { ImageReference } from "../../pure/images/image_reference.ts";
import { type ManifestAnswer, RegistryError, type Repository } from "./repository.ts";

/** What the relay knows of one pull, and how it answers the runtime. */
export class PullSession {
  readonly #reference: ImageReference;
  readonly #repository: Repository;
  readonly #platform: Platform;
  /** By tag and by digest: what the runtime will ask for again. */
  readonly #manifests = new Map<string, ManifestAnswer>();
  readonly #sending = new Set<string>();
  #arrivedBytes = 0;
  #deliveredBytes = 0;
  #firstRequestAt: number | undefined;
  #failure: RelayTraffic["failure"];

  constructor(reference: ImageReference, repository: Repository, platform: Platform) {
    this.#reference = reference;
    this.#repository = repository;
    this.#platform = platform;
  }

  get traffic(): RelayTraffic {
    return {
      arrivedBytes: this.#arrivedBytes,
      deliveredBytes: this.#deliveredBytes,
      sending: this.#sending,
      firstRequestAt: this.#firstRequestAt,
      failure: this.#failure,
    };
  }

  async lookUp(
    { signal, known }: { readonly signal: AbortSignal; readonly known?: string | undefined },
  ): Promise<LookUp> {
    const { tag, digest } = this.#reference;
    const target = digest ?? tag ?? "latest";
    try {
      if (known !== undefined) {
        const { digest } = await this.#repository.manifest("HEAD", target, { signal });
        if (digest === known) return { result: "same" };
      }
      return await this.#content(target, signal);
    } catch (error) {
      if (signal.aborted || !(error instanceof RegistryError)) throw error;
      return error.failure;
    }
  }

  fetchAhead(
    _blobs: readonly Blob[],
    _options: { readonly signal: AbortSignal },
  ): Promise<boolean> {
    return Promise.resolve(false);
  }

  /** Answers a request of the runtime for `manifests/…` or `blobs/…` of this repository. */
  async answer(
    kind: "manifests" | "blobs",
    target: string,
    request: Request,
  ): Promise<Response> {
    this.#firstRequestAt ??= Date.now();
    try {
      const response = kind === "manifests"
        ? await this.#manifest(target, request)
        : await this.#blob(target, request);
      this.#failure = undefined;
      return response;
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      this.#failure = error.failure;
      return new Response(null, { status: error.status ?? 502 });
    }
  }

  async #content(target: string, signal: AbortSignal): Promise<LookUp> {
    const first = await this.#kept("GET", target, signal);
    let manifest = first;
    if (isIndex(first.mediaType)) {
      const found = manifestFor(new TextDecoder().decode(first.bytes), this.#platform);
      if ("fault" in found) return invalid(found.fault);
      if (found.value === undefined) {
        return { result: "failed", failure: "no_platform", detail: "Nothing for this platform" };
      }
      manifest = await this.#kept("GET", found.value.digest, signal);
    }
    const { digest, mediaType, bytes } = manifest;
    const content = imageContent(new TextDecoder().decode(bytes), {
      digest: first.digest,
      manifest: { digest, mediaType, bytes: bytes.length },
    });
    if ("fault" in content) return invalid(content.fault);
    return { result: "found", content: content.value satisfies ImageContent };
  }

  async #kept(method: "GET", target: string, signal: AbortSignal): Promise<ManifestAnswer> {
    const answer = await this.#repository.manifest(method, target, { signal });
    this.#manifests.set(target, answer);
    this.#manifests.set(answer.digest, answer);
    return answer;
  }

  async #manifest(target: string, { method, signal }: Request): Promise<Response> {
    const answer = this.#manifests.get(target) ??
      await this.#repository.manifest(method === "HEAD" ? "HEAD" : "GET", target, { signal });
    const headers = {
      "content-type": answer.mediaType,
      "docker-content-digest": answer.digest,
      "content-length": String(answer.bytes.length),
    };
    return new Response(method === "HEAD" ? null : answer.bytes, { headers });
  }

  async #blob(digest: string, { signal }: Request): Promise<Response> {
    const { body, length } = await this.#repository.blob(digest, { signal });
    this.#sending.add(digest);
    const counted = body.pipeThrough(
      new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
        transform: (chunk, controller) => {
          this.#arrivedBytes += chunk.length;
          this.#deliveredBytes += chunk.length;
          controller.enqueue(chunk);
        },
        flush: () => void this.#sending.delete(digest),
      }),
    );
    return new Response(counted, {
      headers: length === undefined ? {} : { "content-length": String(length) },
    });
  }
}

function invalid(fault: string): LookUp {
  return { result: "failed", failure: "invalid", detail: `Cannot read its manifest: ${fault}` };
}
