import type { ImagePin } from "../pure/pulls/image_pin.ts";

export type { ImagePin };

/**
 * Images that kubelet's garbage collection is told to leave alone. Only pins made here are known and
 * taken back; pins of others are never touched. A pull of the image wipes its pin, whoever pulls. All
 * throw `RuntimeUnavailableError`.
 */
export interface ImagePins {
  /** Our pins by reference, also those made before the agent was started. */
  list(options: { readonly signal: AbortSignal }): Promise<ReadonlyMap<string, ImagePin>>;
  /** Pins an image; false when somebody else has pinned it, or it is not there any more. */
  pin(
    reference: string,
    options: { readonly signal: AbortSignal; readonly warmSince: number },
  ): Promise<boolean>;
  /**
   * Takes our pin back; nothing happens where there is none of ours. With `ended`, it is kept in mind
   * that its time was over.
   */
  unpin(
    reference: string,
    options: { readonly signal: AbortSignal; readonly ended?: boolean },
  ): Promise<void>;
}
