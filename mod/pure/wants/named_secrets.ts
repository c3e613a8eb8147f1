import type { SpaceAccounts } from "./account_secrets.ts";
import type { Asked } from "./asked.ts";

/**
 * Names of the pull secrets with which pods come that ask so: those of their ServiceAccount only where
 * they name none themselves, as admission adds them
 * (https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#add-imagepullsecrets-to-a-service-account).
 * An account that is missing has none.
 */
export function namedSecrets(
  { shape, isLive }: Pick<Asked, "shape" | "isLive">,
  accounts: SpaceAccounts | undefined,
): readonly string[] {
  const { pullSecrets, serviceAccount = "default" } = shape;
  if (pullSecrets.length > 0 || isLive === true) return pullSecrets;
  return accounts?.get(serviceAccount)?.pullSecrets ?? pullSecrets;
}
