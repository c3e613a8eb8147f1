/** containerd's blobs, read where they lie: asking ctr for them costs a process each time. */
export interface ContentStore {
  /** Whether this blob is there as a whole; false too where the store cannot be read. */
  has(digest: string): Promise<boolean>;
  /** Blobs that are there in part, in any namespace; undefined where the store cannot be read. */
  downloads(): Promise<readonly PartialBlob[] | undefined>;
}

/** A blob that is being downloaded, or that an ended pull has left in part. */
export interface PartialBlob {
  readonly digest: string;
  /** Since bytes were last written. */
  readonly writtenMsAgo: number;
}

/** Reads the store of the containerd that keeps its data below `root`. */
export function openContentStore(root: string): ContentStore {
  const folder = `${root}/io.containerd.content.v1.content`;
  return {
    has: (digest) =>
      Deno.stat(`${folder}/blobs/${digest.replace(":", "/")}`).then(() => true, () => false),
    async downloads() {
      const found: PartialBlob[] = [];
      try {
        for await (const { name } of Deno.readDir(`${folder}/ingest`)) {
          const blob = await readIngest(`${folder}/ingest/${name}`);
          if (blob !== undefined) found.push(blob);
        }
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) return undefined;
        // A store into which nothing has been downloaded yet has no such folder.
        return await Deno.stat(root).then(() => found, () => undefined);
      }
      return found;
    },
  };
}

/** Undefined for what is no download, and for what has ended meanwhile. */
async function readIngest(folder: string): Promise<PartialBlob | undefined> {
  try {
    const ref = await Deno.readTextFile(`${folder}/ref`);
    // Such as "k8s.io/1/layer-sha256:…"
    const digest = /-(sha256:[0-9a-f]{64})$/.exec(ref)?.[1];
    const { mtime } = await Deno.stat(`${folder}/data`);
    if (digest === undefined || mtime === null) return undefined;
    return { digest, writtenMsAgo: Date.now() - mtime.getTime() };
  } catch {
    return undefined;
  }
}
