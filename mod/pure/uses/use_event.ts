/** What a runtime tells of who needs images. Names are as the runtime has them, most of them canonical. */
export type UseEvent =
  /**
   * From now on everything is told, after the start or a gap: which names images have, and of which
   * of them there are containers, running or not.
   */
  | {
    readonly type: "following";
    readonly names: readonly string[];
    readonly inUse: readonly string[];
  }
  /** An image got this name (`isNew`), or the name stands for an image anew. */
  | {
    readonly type: "named";
    readonly reference: string;
    readonly isNew: boolean;
    /** Whether it came through the CRI, as kubelet's pulls do, and ours do not. */
    readonly byKubelet: boolean;
  }
  /** A container was created from the image of this name. */
  | { readonly type: "used"; readonly reference: string };
