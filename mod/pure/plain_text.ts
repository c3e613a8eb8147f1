/**
 * A text of others for one line of a terminal: without control characters, which move the cursor or
 * colour what follows, and without those that turn the direction of writing.
 */
export function plainText(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, "\ufffd");
}
