/** Text, or why the bytes are none. */
export type DecodedText = { readonly text: string } | { readonly why: string };

/**
 * Decodes a manifest as kubectl does: a byte order mark tells UTF-16 (which Windows' shells write)
 * from UTF-8, and what is no UTF-8, such as an old comment, becomes U+FFFD.
 */
export function decodeText(bytes: Uint8Array): DecodedText {
  const [a, b, c, d] = bytes;
  if ((a === 0xff && b === 0xfe && c === 0 && d === 0) || (a === 0 && b === 0 && c === 0xfe)) {
    return { why: "it is UTF-32, which Kubernetes does not read: save it as UTF-8" };
  }
  if (a === 0xff && b === 0xfe) return { text: new TextDecoder("utf-16le").decode(bytes) };
  if (a === 0xfe && b === 0xff) return { text: new TextDecoder("utf-16be").decode(bytes) };
  if (bytes.includes(0)) {
    return { why: "it holds NUL bytes: it is no text, or UTF-16 without a byte order mark" };
  }
  return { text: new TextDecoder().decode(bytes) };
}
