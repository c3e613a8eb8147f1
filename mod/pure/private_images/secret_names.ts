/**
 * A reason without the names of Secrets in it, for those who may not list these: whoever sees the page,
 * and whoever reads Events of a namespace when another one wants the same image. `why` and `status`,
 * which are run where the bucket can be read, tell them.
 */
export function withoutSecretNames(reason: string): string {
  return reason.replaceAll(NAMES, (names) => names.startsWith("secrets") ? "pull secrets" : ONE);
}

const ONE = "a pull secret";
/** As `secretName()` has them, after the word that reasons put before one or several. */
const NAME = "[a-z0-9-]+/[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?";
const NAMES = new RegExp(`\\bsecrets? ${NAME}(?:, ${NAME})*(?: and \\d+ more)?`, "g");
