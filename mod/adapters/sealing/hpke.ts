import { Aes128Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from "@hpke/core";
import type { Sealing, SealingKeys } from "../../ports/sealing.ts";

const encoder = new TextEncoder();

/** Keeps what was encrypted here from being taken for something else (RFC 9180 §5.1, `info`). */
const INFO = encoder.encode("warm-images 1");

/**
 * HPKE over the runtime's own cryptography (RFC 9180: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256,
 * AES-128-GCM).
 */
export function openSealing(): Sealing {
  const suite = new CipherSuite({
    kem: new DhkemX25519HkdfSha256(),
    kdf: new HkdfSha256(),
    aead: new Aes128Gcm(),
  });
  /** Throws where it is no key, also for points by which everybody knew what is encrypted to them. */
  const senderTo = async (publicKey: string) => {
    const recipientPublicKey = await suite.kem.deserializePublicKey(bytesOf(publicKey));
    return await suite.createSenderContext({ recipientPublicKey, info: INFO });
  };
  return {
    async newKeys() {
      return await keysOf(suite, await suite.kem.generateKeyPair());
    },
    async keysOf(pem) {
      const { d, x } = await privateJwk(pem);
      const privateKey = await suite.kem.deserializePrivateKey(bytesOf(d, "base64url"));
      const publicKey = await suite.kem.deserializePublicKey(bytesOf(x, "base64url"));
      return await keysOf(suite, { privateKey, publicKey });
    },
    async seal(publicKey, text, bound) {
      const sender = await senderTo(publicKey);
      const sealed = await sender.seal(encoder.encode(text), encoder.encode(bound));
      return {
        enc: new Uint8Array(sender.enc).toBase64(),
        text: new Uint8Array(sealed).toBase64(),
      };
    },
    async fingerprint(publicKey) {
      await senderTo(publicKey);
      return await fingerprint(publicKey);
    },
  };
}

async function keysOf(suite: CipherSuite, pair: CryptoKeyPair): Promise<SealingKeys> {
  const publicKey = new Uint8Array(await suite.kem.serializePublicKey(pair.publicKey)).toBase64();
  return {
    publicKey,
    fingerprint: await fingerprint(publicKey),
    async open({ enc, text }, bound) {
      try {
        const recipient = await suite.createRecipientContext({
          recipientKey: pair.privateKey,
          enc: bytesOf(enc),
          info: INFO,
        });
        return new TextDecoder().decode(
          await recipient.open(bytesOf(text), encoder.encode(bound)),
        );
      } catch {
        return undefined; // garbage, of another key, or bound to something else
      }
    },
  };
}

async function fingerprint(publicKey: string): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytesOf(publicKey)));
  return `SHA256:${hash.toBase64({ omitPadding: true })}`;
}

/** Throws what says nothing of the key. */
async function privateJwk(pem: string): Promise<{ readonly d: string; readonly x: string }> {
  const [, block] = /-----BEGIN PRIVATE KEY-----([\sA-Za-z0-9+/=]+)-----END/.exec(pem) ?? [];
  const fault =
    "it is no private key of X25519 in PEM: openssl genpkey -algorithm X25519 makes one";
  if (block === undefined) throw new Error(fault);
  try {
    const bytes = bytesOf(block.replace(/\s/g, ""));
    const key = await crypto.subtle.importKey("pkcs8", bytes, "X25519", true, ["deriveBits"]);
    const { d = "", x = "" } = await crypto.subtle.exportKey("jwk", key);
    return { d, x };
  } catch {
    throw new Error(fault);
  }
}

/** Throws SyntaxError where it is none. */
function bytesOf(
  base64: string,
  alphabet: "base64" | "base64url" = "base64",
): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromBase64(base64, { alphabet });
}
