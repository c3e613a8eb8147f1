/** How many bytes a value takes as JSON. */
export function jsonBytes(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}

/** Whether a text takes at most so many bytes. */
export function fitsInto(maxBytes: number, text: string): boolean {
  const mostBytes = 3 * text.length; // of one UTF-16 unit
  return mostBytes <= maxBytes ||
    (text.length <= maxBytes && new TextEncoder().encode(text).length <= maxBytes);
}
