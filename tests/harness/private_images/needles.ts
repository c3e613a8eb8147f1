/** A password that occurs nowhere else. */
export function newCanary(name: string): string {
  return `canary-${name}-${crypto.randomUUID()}`;
}

/** A secret text as it would be found in bytes: as it is, and within anything in base64. */
export function needlesOf(secret: string): string[] {
  const inBase64 = [0, 1, 2].map((shift) => {
    const text = btoa(" ".repeat(shift) + secret).replace(/=+$/, "");
    // What the neighbours of a text in base64 are changes the letters at its edges.
    return text.slice(shift === 0 ? 0 : 4, -4);
  });
  return [secret, ...inBase64];
}

/** Which of these texts occur in some bytes. */
export function found(bytes: Uint8Array, needles: readonly string[]): string[] {
  // One character per byte: all needles are of ASCII.
  const text = new TextDecoder("latin1").decode(bytes);
  return needles.filter((needle) => text.includes(needle));
}
