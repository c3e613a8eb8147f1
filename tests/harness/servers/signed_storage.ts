import type { HttpAnswer, HttpRequest } from "./http_answer.ts";

/** How a registry leads to its storage. */
export interface StorageOptions {
  /** Requests that one signed address is good for; default: any number. */
  readonly uses?: number;
}

/** Addresses of blobs in a storage that wants a signature in the address and nothing else. */
export interface SignedStorage {
  /** Sends a request for a blob to storage. */
  redirect(request: HttpRequest, digest: string): HttpAnswer;
  /** Why a request to storage may not pass; undefined when it may. */
  refusal(request: HttpRequest): HttpAnswer | undefined;
  /** All addresses handed out so far are good for nothing. */
  expire(): void;
}

/** Beginning of all paths in storage; the digest follows. */
export const STORAGE_PATH = "/storage/";

/** Behaves as S3 does: 403 for an address that has expired, 400 for one with a login besides. */
export function signedStorage({ uses = Infinity }: StorageOptions): SignedStorage {
  const left = new Map<string, number>();
  return {
    redirect({ url }, digest) {
      const signature = crypto.randomUUID();
      left.set(signature, uses);
      // Another name of the same address: to a client that is another host.
      const location =
        `${url.protocol}//localhost:${url.port}${STORAGE_PATH}${digest}?X-Signature=${signature}`;
      return { status: 307, headers: { location, "content-length": "0" } };
    },
    refusal({ url, headers }) {
      if (headers.has("authorization")) return xml(400, "InvalidArgument");
      const signature = url.searchParams.get("X-Signature") ?? "";
      const uses = left.get(signature) ?? 0;
      left.set(signature, uses - 1);
      return uses > 0 ? undefined : xml(403, "AccessDenied");
    },
    expire: () => left.clear(),
  };
}

function xml(status: number, code: string): HttpAnswer {
  const body = new TextEncoder().encode(`<Error><Code>${code}</Code></Error>`);
  return {
    status,
    headers: { "content-type": "application/xml", "content-length": `${body.length}` },
    body: ReadableStream.from([body]),
  };
}
