import type { Registry } from "../servers/registry.ts";

/** The pushing half of the registry protocol; disposing closes its connections. */
export interface PushTarget extends Disposable {
  /** "127.0.0.1:PORT". */
  readonly host: string;
  /** Sends a blob unless the repository has it. */
  putBlob(repository: string, digest: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Sends a manifest under a tag or its digest. */
  putManifest(
    repository: string,
    name: string,
    mediaType: string,
    bytes: Uint8Array<ArrayBuffer>,
  ): Promise<void>;
}

/** Opens a registry for pushing: a host speaks plain http, a `Registry` says what it wants. */
export async function pushTarget(registry: string | Registry): Promise<PushTarget> {
  const { host, url, caFile, authorization } = typeof registry === "string"
    ? { host: registry, url: `http://${registry}`, caFile: undefined, authorization: undefined }
    : registry;
  const client = Deno.createHttpClient(
    caFile === undefined ? {} : { caCerts: [await Deno.readTextFile(caFile)] },
  );
  const send = async (method: string, path: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    if (authorization !== undefined) headers.set("authorization", authorization);
    const response = await fetch(new URL(path, url), { ...init, method, headers, client });
    await response.body?.cancel();
    return response;
  };
  return {
    host,
    putBlob: async (repository, digest, bytes) => {
      const there = await send("HEAD", `/v2/${repository}/blobs/${digest}`);
      if (there.ok) return;
      const begun = accepted(await send("POST", `/v2/${repository}/blobs/uploads/`));
      const upload = new URL(begun.headers.get("location") ?? "", url);
      upload.searchParams.set("digest", digest);
      const headers = { "content-type": "application/octet-stream" };
      accepted(await send("PUT", upload.href, { body: bytes, headers }));
    },
    putManifest: async (repository, name, mediaType, bytes) => {
      const headers = { "content-type": mediaType };
      accepted(await send("PUT", `/v2/${repository}/manifests/${name}`, { body: bytes, headers }));
    },
    [Symbol.dispose]: () => client.close(),
  };
}

function accepted(response: Response): Response {
  if (response.ok) return response;
  throw new Error(`Cannot push: "${response.url}" answered ${response.status}`);
}
