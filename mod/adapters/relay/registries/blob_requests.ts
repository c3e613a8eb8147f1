import { abortable } from "../../../async/abortable.ts";
import type { ImageReference } from "../../../pure/images/image_reference.ts";
import { parseContentRange } from "../../../pure/relay/content_range.ts";
import { type HostFailure, unfit } from "../../../pure/relay/registry_failure.ts";
import { addressAt } from "./host_address.ts";
import { HostError } from "./host_error.ts";
import type { HostRequests } from "./host_requests.ts";
import type { HostWalk } from "./host_walk.ts";
import { drop } from "./http_exchange.ts";
import { refuseEncoded } from "./manifest_requests.ts";
import type { OpenHost } from "./open_host.ts";
import type { BlobAnswer, BlobPart } from "./repository.ts";

/** Where a blob was found: parts of it come from there, without the way to it. */
interface BlobAddress {
  readonly host: OpenHost;
  readonly url: URL;
}

interface BlobOptions {
  readonly signal: AbortSignal;
  readonly part?: BlobPart | undefined;
  readonly bytes?: number | undefined;
}

/** How many addresses that others found are tried before the registry is asked once more. */
const MOST_ADDRESSES = 2;

/** Requests for the blobs of one repository. */
export class BlobRequests {
  readonly #reference: ImageReference;
  readonly #walk: HostWalk;
  readonly #requests: HostRequests;
  readonly #found = new Map<string, BlobAddress>();
  /** Who gave bytes of a blob in this pull. */
  readonly #givers = new Map<string, Set<OpenHost>>();
  /** Being looked for now: registries are asked once for it, not once for each part. */
  readonly #looking = new Map<string, Promise<unknown>>();

  constructor(reference: ImageReference, walk: HostWalk, requests: HostRequests) {
    this.#reference = reference;
    this.#walk = walk;
    this.#requests = requests;
  }

  /** As `Repository.blob`. */
  async open(digest: string, options: BlobOptions): Promise<BlobAnswer> {
    const { signal } = options;
    for (let tries = 0; tries < MOST_ADDRESSES; tries++) {
      for (let others; (others = this.#looking.get(digest)) !== undefined;) {
        await abortable(others, signal);
      }
      const known = this.#found.get(digest);
      if (known === undefined) break;
      try {
        return (await this.#openAt(known.host, known.url, digest, options)).answer;
      } catch (error) {
        if (signal.aborted || !(error instanceof HostError)) throw error;
        this.#lose(digest, known.url);
      }
    }
    return await this.#look(digest, options);
  }

  /** As `Repository.distrust`. */
  distrust(digest: string | undefined): void {
    for (const each of digest === undefined ? [...this.#givers.keys()] : [digest]) {
      for (const host of this.#givers.get(each) ?? []) this.#walk.distrust(host);
      this.#found.delete(each);
    }
  }

  #look(digest: string, options: BlobOptions): Promise<BlobAnswer> {
    const looking = this.#ask(digest, options).finally(() => this.#looking.delete(digest));
    this.#looking.set(digest, looking.catch(() => {}));
    return looking;
  }

  async #ask(digest: string, options: BlobOptions): Promise<BlobAnswer> {
    const { signal } = options;
    const may = ({ pulls }: OpenHost) => pulls;
    const pausedMs = (host: OpenHost) => this.#requests.pausedMs(host);
    return await this.#walk.first({ may, pausedMs, signal }, async (host) => {
      const url = addressAt(host, this.#reference, `blobs/${digest}`);
      const { answer, url: found } = await this.#openAt(host, url, digest, options);
      this.#found.set(digest, { host, url: found });
      return answer;
    });
  }

  async #openAt(host: OpenHost, url: URL, digest: string, options: BlobOptions) {
    const { signal, part } = options;
    const headers: Record<string, string> = part
      ? { range: `bytes=${part.from}-${part.end - 1}` }
      : {};
    const found = await this.#requests.ask(host, url, { method: "GET", headers, signal });
    const { response } = found;
    if (response.status !== 200 && (response.status !== 206 || part === undefined)) {
      const failure = await this.#requests.failureOf(response, signal);
      const own = found.url.origin === new URL(host.root).origin;
      throw new HostError(own ? failure : ofStorage(found.url, failure));
    }
    refuseEncoded(response, this.#requests);
    const opened = blobAnswer(response, options, this.#requests);
    const givers = this.#givers.get(digest) ?? new Set();
    this.#givers.set(digest, givers.add(host));
    const brokeOff = () => {
      this.#lose(digest, found.url);
      this.#walk.failed(host);
    };
    return { answer: { ...opened, brokeOff }, url: found.url };
  }

  /** Signed addresses of storage end, and hosts go: the next part asks the registry anew. */
  #lose(digest: string, url: URL): void {
    if (this.#found.get(digest)?.url.href === url.href) this.#found.delete(digest);
  }
}

/**
 * What storage refuses says nothing about the image, and may be otherwise with the next address: its
 * status would be taken for the registry's, which may be final.
 */
function ofStorage({ host }: URL, failed: HostFailure): HostFailure {
  const text = `led to its storage ${host}, which ${failed.text}`;
  return failed.failure === "rate_limited"
    ? { ...failed, text }
    : { failure: "server_error", retryAfterMs: failed.retryAfterMs, text };
}

function blobAnswer(
  response: Response,
  { part, bytes: expected }: BlobOptions,
  requests: Pick<HostRequests, "saidBy">,
): Omit<BlobAnswer, "brokeOff"> {
  const body = response.body ?? new ReadableStream();
  const header = response.headers.get("content-length");
  const length = header === null ? undefined : Number(header);
  if (response.status === 200 || part === undefined) {
    const isRight = length === undefined || expected === undefined || length === expected;
    return isRight ? { from: 0, length, body } : otherLength(response, length);
  }
  const text = response.headers.get("content-range");
  const range = parseContentRange(text);
  if (range === undefined || range.from !== part.from || range.end > part.end) {
    const said = requests.saidBy(text ?? "");
    return lied(response, `sent bytes "${said}" for ${part.from}-${part.end - 1}`);
  }
  const { total } = range;
  if (total !== undefined && expected !== undefined && total !== expected) {
    return otherLength(response, total);
  }
  const bytes = range.end - range.from;
  if (length !== undefined && length !== bytes) {
    return lied(response, `sent ${length} bytes where it said ${bytes}`);
  }
  return { from: range.from, length: bytes, body };
}

/** A mirror may have kept half a blob, or another in its place: others are asked for it. */
function otherLength(response: Response, bytes: number): never {
  return lied(response, `has ${bytes} bytes of a blob that the manifest says is of another length`);
}

function lied(response: Response, text: string): never {
  drop(response);
  throw new HostError(unfit("bad_content", text));
}
