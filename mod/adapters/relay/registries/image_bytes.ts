import {
  imageContent,
  isIndex,
  manifestFor,
  type Platform,
} from "../../../pure/images/image_manifest.ts";
import type { ImageReference } from "../../../pure/images/image_reference.ts";
import type { Registries } from "./registries.ts";
import type { ManifestAnswer, Repository } from "./repository.ts";

/** An index may name an index; deeper than this none is followed. */
const MOST_INDEXES = 4;

/**
 * Asks a registry how many bytes an image takes there for a platform: its configuration and layers,
 * as they are stored. Asks for manifests only. Throws an error that says why not.
 */
export async function imageBytes(
  reference: ImageReference,
  registries: Registries,
  options: { readonly platform: Platform; readonly signal: AbortSignal },
): Promise<number> {
  const repository = await registries.open(reference);
  if ("direct" in repository) throw new Error(repository.direct);
  const target = reference.digest ?? reference.tag ?? "latest";
  const { digest, mediaType, bytes } = await manifestOf(repository, target, options);
  const content = imageContent(new TextDecoder().decode(bytes), {
    digest,
    manifest: { digest, mediaType, bytes: bytes.length },
  });
  if ("fault" in content) throw new Error(content.fault);
  const { config, layers } = content.value;
  return layers.reduce((sum, layer) => sum + layer.bytes, config.bytes);
}

async function manifestOf(
  repository: Repository,
  target: string,
  { platform, signal }: { readonly platform: Platform; readonly signal: AbortSignal },
): Promise<ManifestAnswer> {
  let answer = await repository.manifest("GET", target, { signal });
  for (let depth = 0; isIndex(answer.mediaType); depth++) {
    if (depth === MOST_INDEXES) throw new Error("its index leads to no manifest");
    const found = manifestFor(new TextDecoder().decode(answer.bytes), platform);
    if ("fault" in found) throw new Error(found.fault);
    if (found.value === undefined) {
      throw new Error(`it has none for ${platform.os}/${platform.architecture}`);
    }
    answer = await repository.manifest("GET", found.value.digest, { signal });
  }
  return answer;
}
