import { manifestMediaType } from "../../../pure/images/manifest_media_type.ts";
import { unfit } from "../../../pure/relay/registry_failure.ts";
import { HostError } from "./host_error.ts";
import type { HostRequests } from "./host_requests.ts";
import { drop, readBytes } from "./http_exchange.ts";
import type { OpenHost } from "./open_host.ts";
import type { ManifestAnswer } from "./repository.ts";

/** A manifest that is asked for. */
export interface ManifestQuestion {
  readonly host: OpenHost;
  readonly url: URL;
  readonly method: "GET" | "HEAD";
  /** A tag or a digest. */
  readonly target: string;
  readonly signal: AbortSignal;
}

/** As containerd asks: what it has given up is told apart from what is not there. */
const ACCEPT = [
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.oci.image.index.v1+json",
  "*/*",
].join(", ");

/** Longer ones than containerd takes. */
const MAX_MANIFEST_BYTES = 8 * 1024 * 1024;

/** Asks one host for a manifest. Throws `HostError`; when the signal aborts, its reason. */
export async function requestManifest(
  requests: HostRequests,
  question: ManifestQuestion,
): Promise<ManifestAnswer> {
  const { host, url, method, target, signal } = question;
  const headers = { accept: ACCEPT };
  const { response } = await requests.ask(host, url, { method, headers, signal });
  if (response.status !== 200) throw new HostError(await requests.failureOf(response, signal));
  const said = digestOf(response);
  if (method === "HEAD") {
    await drop(response);
    // Some servers, and proxies in between, leave it out.
    if (said === undefined) return await requestManifest(requests, { ...question, method: "GET" });
    const mediaType = manifestMediaType(contentTypeOf(response, requests), "");
    return { digest: said, mediaType, bytes: new Uint8Array() };
  }
  refuseEncoded(response, requests);
  const bytes = await readBytes(response, { maxBytes: MAX_MANIFEST_BYTES, signal });
  if (bytes === undefined) throw new HostError(unfit("invalid", "sent a manifest above 8 MiB"));
  const expected = isDigest(target) ? target : said;
  const digest = await digestOfBytes(bytes, expected ?? "sha256:");
  if (expected !== undefined && digest !== expected) {
    throw new HostError(
      unfit("bad_content", `sent a manifest whose bytes are ${digest} and not ${expected}`),
    );
  }
  const text = new TextDecoder().decode(bytes);
  return {
    digest,
    mediaType: manifestMediaType(contentTypeOf(response, requests), text),
    bytes,
  };
}

/** fetch would decode it if asked to, and we do not ask: the bytes are not those that were stored. */
export function refuseEncoded(
  response: Response,
  requests: Pick<HostRequests, "saidBy">,
): void {
  const encoding = response.headers.get("content-encoding") ?? "identity";
  if (/^(identity)?$/i.test(encoding.trim())) return;
  drop(response);
  const said = requests.saidBy(encoding);
  throw new HostError(unfit("bad_content", `sent it in another encoding: "${said}"`));
}

/** The runtime is told it, and repeats what it does not know. */
function contentTypeOf(
  { headers }: Response,
  requests: Pick<HostRequests, "saidBy">,
): string | null {
  const type = headers.get("content-type");
  if (type === null || KNOWN_TYPE.test(type)) return type;
  return requests.saidBy(type);
}

/** Media types that are in use, in which a user's name may well be a word. */
const KNOWN_TYPE =
  /^(text\/plain|application\/(json|octet-stream|vnd\.(docker\.distribution\.manifest|oci\.image)\.[a-z0-9.+]{1,24}))\s*(;\s*charset=[\w-]{1,16})?$/i;

function digestOf({ headers }: Response): string | undefined {
  const digest = headers.get("docker-content-digest")?.trim();
  return digest !== undefined && isDigest(digest) ? digest : undefined;
}

function isDigest(text: string): boolean {
  return /^(sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})$/.test(text);
}

async function digestOfBytes(bytes: Uint8Array<ArrayBuffer>, like: string): Promise<string> {
  const algorithm = like.slice(0, like.indexOf(":"));
  const hash = await crypto.subtle.digest(algorithm.replace("sha", "SHA-"), bytes);
  return `${algorithm}:${new Uint8Array(hash).toHex()}`;
}
