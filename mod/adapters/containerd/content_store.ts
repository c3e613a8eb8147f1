import type { Blob } from "../../pure/images/image_content.ts";

/** containerd's blobs, read where they lie: asking ctr for them costs a process each time. */
export interface ContentStore {
  /** Whether this blob is there as a whole; false too where the store cannot be read. */
  has(digest: string): Promise<boolean>;
  /** The text of a blob; undefined where it is not there, or the store cannot be read. */
  read(digest: string): Promise<string | undefined>;
  /** Blobs that are there in part, in any namespace; undefined where the store cannot be read. */
  downloads(): Promise<readonly PartialBlob[] | undefined>;
  /**
   * How much of these blobs is there, in part by downloads of this namespace; undefined where the
   * store cannot be read.
   */
  stored(blobs: readonly Blob[], namespace: string): Promise<StoredBytes | undefined>;
}

/** A blob that is being downloaded, or that an ended pull has left in part. */
export interface PartialBlob {
  /** Of this download, for as long as containerd keeps it. */
  readonly id: string;
  /** Of containerd: two of them may download the same blob, each for itself. */
  readonly namespace: string;
  readonly digest: string;
  readonly bytes: number;
}

/** How much of some blobs is there. */
export interface StoredBytes {
  readonly bytes: number;
  /** Whether all of them are there as a whole. */
  readonly isWhole: boolean;
  /** Whether one of them is there in part: containerd makes a place for it before it asks for it. */
  readonly isPart: boolean;
}

/** Reads the store of the containerd that keeps its data below `root`. */
export function openContentStore(root: string): ContentStore {
  const folder = `${root}/io.containerd.content.v1.content`;
  const pathOf = (digest: string) => `${folder}/blobs/${digest.replace(":", "/")}`;
  const store: ContentStore = {
    has: (digest) => Deno.stat(pathOf(digest)).then(() => true, () => false),
    read: (digest) => Deno.readTextFile(pathOf(digest)).catch(() => undefined),
    async downloads() {
      const found: PartialBlob[] = [];
      try {
        for await (const { name } of Deno.readDir(`${folder}/ingest`)) {
          const blob = await readIngest(folder, name);
          if (blob !== undefined) found.push(blob);
        }
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) return undefined;
        // A store into which nothing has been downloaded yet has no such folder.
        return await Deno.stat(root).then(() => found, () => undefined);
      }
      return found;
    },
    async stored(blobs, namespace) {
      const all = await store.downloads();
      if (all === undefined) return undefined;
      const parts = all.filter((part) => part.namespace === namespace);
      // Looked for afterwards: what was whole meanwhile is no part any more.
      const present = await Promise.all(blobs.map(({ digest }) => store.has(digest)));
      const here = blobs.map(({ digest, bytes }, at) =>
        present[at] ? bytes : parts.find((part) => part.digest === digest)?.bytes ?? 0
      );
      return {
        bytes: here.reduce((sum, bytes) => sum + bytes, 0),
        isWhole: present.every((each) => each),
        isPart: blobs.some(({ digest }, at) =>
          !present[at] && parts.some((part) => part.digest === digest)
        ),
      };
    },
  };
  return store;
}

/** Undefined for what is no download, and for what has ended meanwhile. */
async function readIngest(store: string, id: string): Promise<PartialBlob | undefined> {
  try {
    const ref = await Deno.readTextFile(`${store}/ingest/${id}/ref`);
    // Such as "k8s.io/1/layer-sha256:…"
    const [, namespace = "", digest] = /^(.*?)\/.*-(sha256:[0-9a-f]{64})$/s.exec(ref) ?? [];
    const { size: bytes } = await Deno.stat(`${store}/ingest/${id}/data`);
    return digest === undefined ? undefined : { id, namespace, digest, bytes };
  } catch {
    return undefined;
  }
}
