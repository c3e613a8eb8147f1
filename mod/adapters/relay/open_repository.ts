import type { ImageReference } from "../../pure/images/image_reference.ts";
import { RegistryError, type Repository } from "./repository.ts";

/** Media types of what a pull may ask for first. */
const MANIFESTS = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/** Reaches the repository of `reference`. */
export function openRepository({ registry, repository }: ImageReference): Repository {
  const scheme = /^(127\.|localhost)/.test(registry) ? "http" : "https";
  const base = `${scheme}://${registry}/v2/${repository}`;
  const request = async (path: string, init: RequestInit): Promise<Response> => {
    const headers = { "accept-encoding": "identity", ...init.headers as Record<string, string> };
    const response = await fetch(`${base}/${path}`, { ...init, headers });
    if (response.ok) return response;
    await response.body?.cancel();
    const failure = response.status === 404 ? "not_found" : "server_error";
    const detail = `${registry} answered ${response.status}`;
    throw new RegistryError({ result: "failed", failure, detail }, response.status);
  };
  return {
    async manifest(method, target, { signal }) {
      const headers = { accept: MANIFESTS };
      const response = await request(`manifests/${target}`, { method, headers, signal });
      return {
        digest: response.headers.get("docker-content-digest") ?? "",
        mediaType: response.headers.get("content-type") ?? "",
        bytes: new Uint8Array(await response.arrayBuffer()),
      };
    },
    async blob(digest, { signal, part }) {
      const headers: Record<string, string> = part
        ? { range: `bytes=${part.from}-${part.end - 1}` }
        : {};
      const response = await request(`blobs/${digest}`, { headers, signal });
      const length = response.headers.get("content-length");
      return {
        from: response.status === 206 ? part?.from ?? 0 : 0,
        length: length === null ? undefined : Number(length),
        body: response.body ?? new ReadableStream(),
      };
    },
  };
}
