import * as v from "valibot";
import type { Decoded } from "../bucket/decode.ts";
import type { Blob, ImageContent } from "./image_content.ts";
import { type Platform, platformOfRank, platformRank } from "./platform_match.ts";

export type { Platform } from "./platform_match.ts";

const descriptor = {
  mediaType: v.nullish(v.string(), ""),
  digest: v.pipe(v.string(), v.regex(/^[a-z0-9+._-]+:[0-9a-f]+$/)),
  size: v.pipe(v.number(), v.integer(), v.minValue(0)),
};
// Lists that Go left empty are null.
const manifestSchema = v.object({
  config: v.object(descriptor),
  layers: v.nullish(v.array(v.object(descriptor)), []),
});
const indexSchema = v.object({
  manifests: v.nullish(
    v.array(v.object({
      ...descriptor,
      platform: v.nullish(v.object({
        os: v.nullish(v.string(), ""),
        architecture: v.nullish(v.string(), ""),
        variant: v.nullish(v.string(), ""),
      })),
    })),
    [],
  ),
});

const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
const DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json";

/** Whether a document of this media type names manifests for several platforms. */
export function isIndex(mediaType: string): boolean {
  return mediaType === OCI_INDEX || mediaType === DOCKER_LIST;
}

/** A manifest of an index. */
export interface ChosenManifest extends Blob {
  /** See `ImageContent`. */
  readonly platform?: string | undefined;
}

/**
 * The manifest of an index that containerd takes for `platform`: the one that suits it best, the
 * first of equals, else the first that does not say what it is for. It may be an index again.
 * Undefined: it has none; what is attested about images is for "unknown" (in-toto) and never meant.
 */
export function manifestFor(
  text: string,
  platform: Platform,
): Decoded<ChosenManifest | undefined> {
  const decoded = decode(indexSchema, text);
  if ("fault" in decoded) return decoded;
  const ranked = decoded.value.manifests.flatMap((each) => {
    const rank = each.platform ? platformRank(platform, each.platform) : Infinity;
    return rank === undefined ? [] : [{ each, rank }];
  });
  const [best] = ranked.toSorted((a, b) => a.rank === b.rank ? 0 : a.rank - b.rank);
  if (best === undefined) return { value: undefined };
  const other = best.rank > 0 ? platformOfRank(platform, best.rank) : undefined;
  return { value: { ...blobOf(best.each), ...(other !== undefined && { platform: other }) } };
}

/** Reads a manifest, which is `manifest`, and what it consists of; `digest` is what led to it. */
export function imageContent(
  text: string,
  { digest, manifest }: Pick<ImageContent, "digest" | "manifest">,
): Decoded<ImageContent> {
  if (isSchema1(manifest.mediaType, text)) {
    return {
      fault: "it is of schema 1, which containerd gave up with 2.0: build the image anew",
    };
  }
  if (!MANIFESTS.has(manifest.mediaType)) {
    return { fault: `"${manifest.mediaType}" is no media type of an image's manifest` };
  }
  const decoded = decode(manifestSchema, text);
  if ("fault" in decoded) return decoded;
  const { config, layers } = decoded.value;
  return { value: { digest, manifest, config: blobOf(config), layers: layers.map(blobOf) } };
}

const MANIFESTS: ReadonlySet<string> = new Set([
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
]);

/** Docker's of before 2016; some registries say it is plain text. */
function isSchema1(mediaType: string, text: string): boolean {
  return /^application\/vnd\.docker\.distribution\.manifest\.v1\b/.test(mediaType) ||
    (!MANIFESTS.has(mediaType) && /"schemaVersion"\s*:\s*1\b/.test(text));
}

/** Reads JSON by a schema; manifests may be longer than what the bucket holds. Never throws. */
function decode<T>(schema: v.GenericSchema<unknown, T>, text: string): Decoded<T> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { fault: "it is not JSON" };
  }
  const result = v.safeParse(schema, parsed);
  if (result.success) return { value: result.output };
  const [issue] = result.issues;
  return { fault: `${v.getDotPath(issue) ?? "value"}: ${issue.message}` };
}

function blobOf(
  { digest, size, mediaType }: { digest: string; size: number; mediaType: string },
): Blob {
  return { digest, bytes: size, mediaType };
}
