import type { SealedBox } from "../pure/bucket/sealed_wire.ts";

/** A pair of keys; the private one cannot be read. */
export interface SealingKeys {
  /** In base64. */
  readonly publicKey: string;
  /** Its SHA-256, as OpenSSH writes fingerprints: `SHA256:…`. */
  readonly fingerprint: string;
  /** Decrypts what was sealed for these keys and bound to `bound`; undefined: it was not. */
  open(box: SealedBox, bound: string): Promise<string | undefined>;
}

/** Encrypts for one receiver. */
export interface Sealing {
  /** New keys, in memory alone. */
  newKeys(): Promise<SealingKeys>;
  /** Keys that are kept: a private key of X25519 in PEM (PKCS #8). Throws where it is none. */
  keysOf(pem: string): Promise<SealingKeys>;
  /** Encrypts for who has the private key to `publicKey` (base64). Throws where that is none. */
  seal(publicKey: string, text: string, bound: string): Promise<SealedBox>;
  /** `SHA256:…` of a public key (base64). Throws where `seal()` would. */
  fingerprint(publicKey: string): Promise<string>;
}
