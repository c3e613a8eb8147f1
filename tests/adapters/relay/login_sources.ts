import type { LoginCandidate, LoginSource } from "../../../mod/ports/registry_logins.ts";
import type { RegistryLogin } from "../../../mod/pure/registry_logins/registry_login.ts";
import { SecretText } from "../../../mod/pure/registry_logins/secret_text.ts";

/** A login as config.json mostly has it. */
export function passwordLogin(username: string, password: string): RegistryLogin {
  return { type: "password", username, password: new SecretText(password) };
}

/** An identity token, or a token of the registry. */
export function tokenLogin(type: "identity" | "bearer", token: string): RegistryLogin {
  return { type, token: new SecretText(token) };
}

/** Always gives `login`, also where that was refused. */
export function loginSource(login: RegistryLogin | undefined, from = "a test"): LoginSource {
  return { from, find: () => Promise.resolve(login) };
}

/** One whose login is whatever the test has set last. */
export interface ChangingSource extends LoginSource {
  login: RegistryLogin | undefined;
  /** What was refused each time it was asked; undefined: nothing. */
  readonly asked: (RegistryLogin | undefined)[];
}

/** Starts with `login`. */
export function changingSource(login: RegistryLogin | undefined, from = "a test"): ChangingSource {
  const source: ChangingSource = {
    from,
    login,
    asked: [],
    find({ refused }) {
      source.asked.push(refused);
      return Promise.resolve(source.login);
    },
  };
  return source;
}

/** By which an image may be kept, as bytes where nothing else is said. */
export function candidate(
  source: LoginSource,
  how: Pick<LoginCandidate, "as" | "forPublic"> = { as: "bytes" },
): LoginCandidate {
  return { from: source.from, find: (options) => source.find(options), ...how };
}
