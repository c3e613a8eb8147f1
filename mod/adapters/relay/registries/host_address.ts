import type { ImageReference } from "../../../pure/images/image_reference.ts";
import type { RegistryHost } from "../../../pure/relay/registry_host.ts";

/** Where a host has what `path` names of a repository, such as `blobs/sha256:…`. */
export function addressAt(
  { root, mirror }: RegistryHost,
  { registry, repository }: ImageReference,
  path: string,
): URL {
  const url = new URL(`${root}/${repository}/${path}`);
  // What containerd tells hosts that serve several registries: `addNamespace` of its resolver.
  if (mirror) url.searchParams.set("ns", registry);
  return url;
}
