/**
 * The certificates of a PEM text, each in a form of its own; comments, keys and what is no base64
 * are passed over, as Go's `AppendCertsFromPEM` does and Deno does not.
 */
export function certificateBlocks(text: string): string[] {
  return [...text.matchAll(BLOCK)].flatMap(([, body = ""]) => {
    const base64 = body.replace(/\s+/g, "");
    // Every certificate is a long sequence: DER begins with 30 82.
    if (!/^MII[A-Za-z0-9+/]+={0,2}$/.test(base64) || base64.length % 4 !== 0) return [];
    const lines = base64.match(/.{1,64}/g) ?? [];
    return [
      `${["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----"].join("\n")}\n`,
    ];
  });
}

const BLOCK = /-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----/g;
