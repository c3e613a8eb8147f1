import { blobInMemory, type StoredBlob, type StoredLayer } from "./stored_blob.ts";

/** A manifest or an index, as a registry serves it. */
export interface StoredManifest extends StoredBlob {
  readonly mediaType: string;
}

/** One image of one platform, with all that it consists of. */
export interface StoredImage {
  readonly manifest: StoredManifest;
  readonly config: StoredBlob;
  readonly layers: readonly StoredLayer[];
}

/** What an image is for, in the words of image configs. */
interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string | undefined;
}

const HERE: Platform = {
  os: "linux",
  architecture: Deno.build.arch === "x86_64" ? "amd64" : "arm64",
};

const OCI = "application/vnd.oci.image";

/** Makes an image of these layers; `name` keeps its config apart from those of others. */
export function storedImage(
  name: string,
  layers: readonly StoredLayer[],
  platform: Platform = HERE,
): StoredImage {
  const config = json({
    ...platform,
    config: { Labels: { image: name } },
    rootfs: { type: "layers", "diff_ids": layers.map(({ diffId }) => diffId) },
  });
  const mediaType = `${OCI}.manifest.v1+json`;
  const manifest = json({
    schemaVersion: 2,
    mediaType,
    config: { mediaType: `${OCI}.config.v1+json`, digest: config.digest, size: config.bytes },
    layers: layers.map(({ mediaType, digest, bytes }) => ({ mediaType, digest, size: bytes })),
  });
  return { manifest: { ...manifest, mediaType }, config, layers };
}

/** Makes an index that leads to these images, or indexes, each for its platform if that is told. */
export function storedIndex(
  images: readonly {
    readonly image: Pick<StoredImage, "manifest">;
    readonly platform?: Platform | undefined;
  }[],
): StoredManifest {
  const mediaType = `${OCI}.index.v1+json`;
  const manifests = images.map(({ image: { manifest }, platform }) => ({
    mediaType: manifest.mediaType,
    digest: manifest.digest,
    size: manifest.bytes,
    platform,
  }));
  return { ...json({ schemaVersion: 2, mediaType, manifests }), mediaType };
}

function json(value: unknown): StoredBlob {
  return blobInMemory(new TextEncoder().encode(JSON.stringify(value)));
}
