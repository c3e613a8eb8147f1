/**
 * Images that kubelet's garbage collection is told to leave alone. Only pins made here are known and
 * taken back; pins of others are never touched. All throw `RuntimeUnavailableError`.
 */
export interface ImagePins {
  /** References that we have pinned, also before the agent was started. */
  list(options: { readonly signal: AbortSignal }): Promise<ReadonlySet<string>>;
  /** Pins an image; false when somebody else has pinned it, or it is not there any more. */
  pin(reference: string, options: { readonly signal: AbortSignal }): Promise<boolean>;
  /** Takes our pin back; nothing happens where there is none of ours. */
  unpin(reference: string, options: { readonly signal: AbortSignal }): Promise<void>;
}
