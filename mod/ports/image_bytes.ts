/**
 * Images of which only the bytes are kept: compressed layers in a namespace of containerd of our own,
 * which kubelet, CRI and image cleaners do not see. All in it is ours. References are canonical.
 */
export interface ImageBytes {
  /** All that is kept, wanted or not, with its bytes as registries store them. Throws `RuntimeUnavailableError`. */
  list(options: { readonly signal: AbortSignal }): Promise<ReadonlyMap<string, number>>;

  /**
   * Gives up these images, and what containerd then needs no longer; resolves once their room is free.
   * Throws `RuntimeUnavailableError`.
   */
  remove(
    references: Iterable<string>,
    options: { readonly signal: AbortSignal },
  ): Promise<void>;

  /** Gives up everything, the namespace included. Throws `RuntimeUnavailableError`. */
  removeAll(options: { readonly signal: AbortSignal }): Promise<void>;
}
