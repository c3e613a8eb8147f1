import { assertEquals } from "@std/assert";
import { withoutSecretNames } from "../../../mod/pure/private_images/secret_names.ts";

const TEXTS: readonly [reason: string, shown: string][] = [
  [
    "denied: with the login of secret shop/regcred: 401",
    "denied: with the login of a pull secret: 401",
  ],
  ["waits for the logins of secrets a/b, c/d.e and 3 more", "waits for the logins of pull secrets"],
  [
    "no login to be had of: secret a/b, login file",
    "no login to be had of: a pull secret, login file",
  ],
  ["secret a/b, secret c/d.", "a pull secret, a pull secret."],
  ["network: no route to reg.lab/app", "network: no route to reg.lab/app"],
  ["the registry keeps secrets", "the registry keeps secrets"],
];
for (const [reason, shown] of TEXTS) {
  Deno.test(`for those who may not list Secrets "${reason}" is "${shown}"`, () => {
    assertEquals(withoutSecretNames(reason), shown);
  });
}
