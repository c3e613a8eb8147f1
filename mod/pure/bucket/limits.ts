/**
 * Limits of what stands in the bucket: whoever writes a value keeps them, whoever reads it takes
 * what keeps them. A text or a list has none of its own: the whole value has.
 */
export const LIMITS = {
  /** Longest value that is read; no NATS server takes more in one message without a warning. */
  valueChars: 8 * 1024 * 1024,
  /**
   * What is longer is written in parts, as a report or where an image is wanted: NATS takes 1 MiB by
   * default, subject and headers included.
   */
  partBytes: 900_000,
  /** A store that refuses parts of fewer bytes is not tried with smaller ones. */
  leastPartBytes: 8_192,
  /** Parts of one thing, a power of two; an image takes at most some 8 KB of a report. */
  parts: 64,
  /** Longest name of an object: what the API server takes. Manifests may hold longer ones. */
  nameChars: 253,
  /** Largest size of an image that is believed: 1 TiB. */
  imageBytes: 2 ** 40,
} as const;

/**
 * Most bytes of a part where a store takes messages of at most `maxBytes`: subject and headers count
 * as well.
 */
export function partBytesWithin(maxBytes: number): number {
  return Math.max(LIMITS.leastPartBytes, Math.floor(maxBytes * 0.9));
}

/** A text of at most `chars` characters; where it was longer, an ellipsis shows that. */
export function cutText(text: string, chars: number): string {
  return text.length <= chars ? text : `${text.slice(0, chars - 1).toWellFormed()}…`;
}
