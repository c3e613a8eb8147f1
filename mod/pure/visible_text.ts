/**
 * Shows control characters, direction marks and line breaks as `\u001b`, so that nobody's name for a
 * thing can forge or hide what a terminal shows.
 */
export function visibleText(text: string): string {
  return text.replace(
    UNSEEN,
    (char) => `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`,
  );
}

const UNSEEN = /[\p{Cc}\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;
