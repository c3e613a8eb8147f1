import type { RegistryLogin } from "../registry_logins/registry_login.ts";

/** Who is asked for a token, and for what. */
export interface TokenQuestion {
  readonly service: string;
  readonly scopes: readonly string[];
}

/**
 * The value of `Authorization` for a password (RFC 7617, in UTF-8 as Go's clients send it). A user
 * with a colon cannot be told apart there, and is sent as it is.
 */
export function basicAuthorization(
  { username, password }: Extract<RegistryLogin, { type: "password" }>,
): string {
  return `Basic ${new TextEncoder().encode(`${username}:${password.reveal()}`).toBase64()}`;
}

/** Whether a token may stand in a header (RFC 9110 §5.5, without spaces). */
export function isHeaderToken(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

/** Whether two logins are the same, letter by letter. */
export function isSameLogin(one: RegistryLogin, other: RegistryLogin): boolean {
  return loginText(one) === loginText(other);
}

/** All of a login in one text: secret, and only to be compared or hashed. */
export function loginText(login: RegistryLogin): string {
  return JSON.stringify(
    login.type === "password"
      ? [login.type, login.username, login.password.reveal()]
      : [login.type, login.token.reveal()],
  );
}

/**
 * The body of a POST to a token service (distribution.github.io/distribution/spec/auth/oauth): by an
 * identity token, or by a user and a password.
 */
export function tokenForm(
  { service, scopes }: TokenQuestion,
  login: Extract<RegistryLogin, { type: "password" | "identity" }>,
): string {
  const form = new URLSearchParams({ "client_id": "warm-images", service });
  form.set("scope", scopes.join(" "));
  if (login.type === "identity") {
    form.set("grant_type", "refresh_token");
    form.set("refresh_token", login.token.reveal());
  } else {
    form.set("grant_type", "password");
    form.set("username", login.username);
    form.set("password", login.password.reveal());
  }
  return form.toString();
}
