import { decodeLogins, type PlainLogins } from "../bucket/sealed_wire.ts";
import type { Decoded } from "../bucket/decode.ts";
import type { RegistryLogin } from "../registry_logins/registry_login.ts";
import { SecretText } from "../registry_logins/secret_text.ts";

/** Logins as text, to be encrypted at once. */
export function loginsText(logins: readonly RegistryLogin[]): string {
  const value: PlainLogins = { v: 1, logins: logins.map(plain) };
  return JSON.stringify(value);
}

/** Reads what `loginsText()` wrote. A fault tells nothing of the content. */
export function loginsOf(text: string): Decoded<readonly RegistryLogin[]> {
  const decoded = decodeLogins(text);
  if ("fault" in decoded) return { fault: "it holds no logins" };
  return { value: decoded.value.logins.map(secret) };
}

function plain(login: RegistryLogin): PlainLogins["logins"][number] {
  switch (login.type) {
    case "password":
      return { ...login, password: login.password.reveal() };
    case "identity":
    case "bearer":
      return { ...login, token: login.token.reveal() };
    default:
      return login satisfies never;
  }
}

function secret(login: PlainLogins["logins"][number]): RegistryLogin {
  return login.type === "password"
    ? { ...login, password: new SecretText(login.password) }
    : { ...login, token: new SecretText(login.token) };
}
