import { metadataOf } from "./observe_metadata.ts";
import { pullSecretsOf } from "./observe_pod_spec.ts";
import type { Observed } from "./observed.ts";
import type { Fields } from "./raw_value.ts";

/**
 * Keeps which pull secrets the API server writes into pods of a ServiceAccount. Of the one or more of
 * every namespace nearly all have none: these are ignored, and take no memory.
 */
export function observeServiceAccount(raw: Fields): Observed {
  const { namespace, name } = metadataOf(raw);
  const pullSecrets = pullSecretsOf(raw);
  if (name === "" || pullSecrets.length === 0) return { type: "ignored" };
  return { type: "serviceAccount", serviceAccount: { namespace, name, pullSecrets } };
}
