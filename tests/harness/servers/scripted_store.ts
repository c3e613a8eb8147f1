import type { StoredBlob } from "./stored_blob.ts";
import type { StoredImage, StoredManifest } from "./stored_image.ts";

/** What a scripted registry holds, whatever the repository. */
export interface ScriptedStore {
  /** Puts an image there, under "repository:tag". */
  add(name: string, image: StoredImage): void;
  /** Puts an index there, with its images. */
  addIndex(name: string, index: StoredManifest, images: readonly StoredImage[]): void;
  /** `target` is a tag or a digest. */
  manifest(repository: string, target: string): StoredManifest | undefined;
  blob(digest: string): StoredBlob | undefined;
}

/** An empty one. */
export function scriptedStore(): ScriptedStore {
  const manifests = new Map<string, StoredManifest>();
  const blobs = new Map<string, StoredBlob>();
  const addContent = ({ manifest, config, layers }: StoredImage) => {
    manifests.set(manifest.digest, manifest);
    for (const blob of [config, ...layers]) blobs.set(blob.digest, blob);
  };
  return {
    add(name, image) {
      addContent(image);
      manifests.set(name, image.manifest);
    },
    addIndex(name, index, images) {
      images.forEach(addContent);
      manifests.set(index.digest, index);
      manifests.set(name, index);
    },
    manifest: (repository, target) =>
      manifests.get(target) ?? manifests.get(`${repository}:${target}`),
    blob: (digest) => blobs.get(digest),
  };
}
