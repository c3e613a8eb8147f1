import type { FailureNotice } from "../pure/failures/failure_notices.ts";

/** What became of a notice. */
export type RecordedNotice =
  /** It is there; `count` is how often it was told by now. */
  | { readonly result: "recorded"; readonly count: number }
  /** The object is gone, or of no kind that can be told. */
  | { readonly result: "gone" }
  /** It may not be written, or not so; `why` says what to grant, or what is wrong. */
  | { readonly result: "refused"; readonly why: string };

/** Tells people who look at an object that an image it wants cannot be had. */
export interface EventRecorder {
  /**
   * Writes a notice, or updates the one that was told before of this image at this object. Throws
   * what is worth another try.
   */
  record(
    notice: FailureNotice,
    options: { readonly signal: AbortSignal },
  ): Promise<RecordedNotice>;
}
