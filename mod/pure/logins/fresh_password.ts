/** How many random bytes a password is made of: 256 bits. */
export const PASSWORD_BYTES = 32;

/**
 * A password made of random bytes, as hexadecimal digits behind a word: whatever reads it as YAML or
 * as NATS' configuration takes it for a text.
 */
export function freshPassword(random: Uint8Array): string {
  const digits = Array.from(random, (byte) => byte.toString(16).padStart(2, "0"));
  return `wi-${digits.join("")}`;
}
