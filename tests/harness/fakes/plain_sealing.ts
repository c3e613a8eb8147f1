import type { Sealing, SealingKeys } from "../../../mod/ports/sealing.ts";
import type { SealedBox } from "../../../mod/pure/bucket/sealed_wire.ts";

/** A key to which nothing can be encrypted. */
export const NO_POINT = "low-order";

/**
 * Sealing without cryptography, which no fake time waits for: a box opens with the keys that it was made
 * for, and for what it is bound to. Its text cannot be searched for what is in it.
 */
export function plainSealing(): Sealing {
  let made = 0;
  const keysOf = (publicKey: string): SealingKeys => ({
    publicKey,
    fingerprint: `SHA256:${publicKey}`,
    open: ({ enc, text }, bound) => Promise.resolve(openWith(publicKey, enc, text, bound)),
  });
  return {
    newKeys: () => Promise.resolve(keysOf(`public-${++made}`)),
    keysOf: (pem) => Promise.resolve(keysOf(pem)),
    seal: (publicKey, text, bound) =>
      publicKey === NO_POINT
        ? Promise.reject(new Error("Invalid key"))
        : Promise.resolve(boxOf(publicKey, text, bound)),
    fingerprint: (publicKey) =>
      publicKey === "" || publicKey === NO_POINT
        ? Promise.reject(new Error("Invalid key"))
        : Promise.resolve(`SHA256:${publicKey}`),
  };
}

function boxOf(publicKey: string, text: string, bound: string): SealedBox {
  return { enc: encoded(JSON.stringify([publicKey, bound])), text: encoded(text) };
}

function openWith(publicKey: string, enc: string, text: string, bound: string): string | undefined {
  try {
    return decoded(enc) === JSON.stringify([publicKey, bound]) ? decoded(text) : undefined;
  } catch {
    return undefined;
  }
}

function encoded(text: string): string {
  return new TextEncoder().encode(text).toBase64();
}

function decoded(text: string): string {
  return new TextDecoder().decode(Uint8Array.fromBase64(text));
}
