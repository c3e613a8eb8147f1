import type { SpaceAccounts } from "./account_secrets.ts";
import type { Asked } from "./asked.ts";

/**
 * Names of the pull secrets with which pods come that ask so: those of their ServiceAccount only where
 * they name none themselves, as admission adds them
 * (https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#add-imagepullsecrets-to-a-service-account).
 * An account that is missing has none. Where pods have got theirs from it, those count that it has by
 * now as well: the next pods come with these.
 */
export function namedSecrets(
  { shape, isLive, byAccount }: Pick<Asked, "shape" | "isLive" | "byAccount">,
  accounts: SpaceAccounts | undefined,
): readonly string[] {
  const { pullSecrets, serviceAccount = "default" } = shape;
  const counts = pullSecrets.length > 0 ? byAccount : !isLive;
  const added = counts ? accounts?.get(serviceAccount)?.pullSecrets : undefined;
  return added === undefined ? pullSecrets : [...new Set([...pullSecrets, ...added])];
}
