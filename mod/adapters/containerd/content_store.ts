/** containerd's blobs, read where they lie: asking ctr for them costs a process each time. */
export interface ContentStore {
  /** Whether this blob is there as a whole; false too where the store cannot be read. */
  has(digest: string): Promise<boolean>;
}

/** Reads the store of the containerd that keeps its data below `root`. */
export function openContentStore(root: string): ContentStore {
  const folder = `${root}/io.containerd.content.v1.content`;
  return {
    has: (digest) =>
      Deno.stat(`${folder}/blobs/${digest.replace(":", "/")}`).then(() => true, () => false),
  };
}
