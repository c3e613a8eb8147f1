import * as v from "valibot";
import { decode, type Decoded } from "../bucket/decode.ts";
import type { Blob, ImageContent } from "./image_content.ts";

/** What an image is for: names as in OCI's index (GOOS, GOARCH). */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
}

const descriptor = v.object({
  mediaType: v.string(),
  digest: v.pipe(v.string(), v.regex(/^[a-z0-9+._-]+:[0-9a-f]+$/)),
  size: v.pipe(v.number(), v.integer(), v.minValue(0)),
});
const manifestSchema = v.object({ config: descriptor, layers: v.array(descriptor) });
const indexSchema = v.object({
  manifests: v.array(v.object({
    ...descriptor.entries,
    platform: v.exactOptional(v.object({ os: v.string(), architecture: v.string() })),
  })),
});

/** Whether a document of this media type names manifests for several platforms. */
export function isIndex(mediaType: string): boolean {
  return /^application\/vnd\.(oci\.image\.index\.v1|docker\.distribution\.manifest\.list\.v2)\+json$/
    .test(mediaType);
}

/** The manifest of an index that is for `platform`; undefined: it has none. */
export function manifestFor(text: string, platform: Platform): Decoded<Blob | undefined> {
  const decoded = decode(indexSchema, text);
  if ("fault" in decoded) return decoded;
  const found = decoded.value.manifests.find((each) =>
    each.platform?.os === platform.os && each.platform.architecture === platform.architecture
  );
  return { value: found && blobOf(found) };
}

/** Reads a manifest, which is `manifest`, and what it consists of; `digest` is what led to it. */
export function imageContent(
  text: string,
  { digest, manifest }: Pick<ImageContent, "digest" | "manifest">,
): Decoded<ImageContent> {
  const decoded = decode(manifestSchema, text);
  if ("fault" in decoded) return decoded;
  const { config, layers } = decoded.value;
  return { value: { digest, manifest, config: blobOf(config), layers: layers.map(blobOf) } };
}

function blobOf(
  { digest, size, mediaType }: { digest: string; size: number; mediaType: string },
): Blob {
  return { digest, bytes: size, mediaType };
}
