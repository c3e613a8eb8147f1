import type { RegistryLogin } from "./registry_login.ts";

/** Whether two logins say the same to a registry. */
export function isSameLogin(left: RegistryLogin, right: RegistryLogin): boolean {
  if (left.type === "password") {
    return right.type === "password" && left.username === right.username &&
      left.password.reveal() === right.password.reveal();
  }
  return left.type === right.type && left.token.reveal() === right.token.reveal();
}
