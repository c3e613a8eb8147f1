/** A blob of an image, as a manifest names it (OCI image specification, "Content Descriptors"). */
export interface Blob {
  /** Such as `sha256:…`. */
  readonly digest: string;
  /** As it is stored in the registry. */
  readonly bytes: number;
  readonly mediaType: string;
}

/** What an image consists of for one platform. */
export interface ImageContent {
  /** Of what the reference stands for: an index, or the manifest itself. */
  readonly digest: string;
  readonly manifest: Blob;
  readonly config: Blob;
  /** The lowest first. */
  readonly layers: readonly Blob[];
  /**
   * What its index says that it is for, in containerd's words, where that is not this machine's own
   * platform but one that it runs as well, such as `linux/386` on amd64; else absent.
   */
  readonly platform?: string | undefined;
}

/** All blobs of an image but its manifest. */
export function blobsOf({ config, layers }: ImageContent): Blob[] {
  return [config, ...layers];
}

/** What blobs weigh together. */
export function totalBytes(blobs: readonly Blob[]): number {
  return blobs.reduce((sum, { bytes }) => sum + bytes, 0);
}
