import type { PullSecrets, ReadPullSecret } from "../../ports/pull_secrets.ts";
import type { PullSecret } from "../../pure/private_images/private_use.ts";
import { fieldsOf, textOf } from "../../pure/objects/raw_value.ts";
import { SecretText } from "../../pure/registry_logins/secret_text.ts";
import { ApiError } from "./api_error.ts";
import type { KubernetesClient } from "./client.ts";
import { readSecret } from "./secret_record.ts";

/** Types of Secrets with logins at registries, and where in them these are. */
const KEYS: Readonly<Record<string, string>> = {
  "kubernetes.io/dockerconfigjson": ".dockerconfigjson",
  "kubernetes.io/dockercfg": ".dockercfg",
};

/** The most that a Secret may hold, with base64 and the object around it: etcd takes no more. */
const MAX_BYTES = 4 * 1024 * 1024;

/** Reads pull secrets with `get` alone, each by its name. */
export function kubernetesPullSecrets(
  client: Pick<KubernetesClient, "request">,
): PullSecrets {
  return {
    async read(secret, { signal }): Promise<ReadPullSecret> {
      const { namespace, name } = secret;
      const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets/` +
        encodeURIComponent(name);
      try {
        return pullSecretOf(await client.request(path, { signal, maxBytes: MAX_BYTES }));
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (error.status === 404) return { result: "none", why: "there is no such Secret" };
        if (error.status !== 403) throw error;
        return {
          result: "none",
          why: "it may not be read",
          right: missingRole(secret, error.message),
        };
      }
    },
  };
}

function pullSecretOf(raw: unknown): ReadPullSecret {
  const type = textOf(fieldsOf(raw)["type"]) ?? "";
  const key = KEYS[type];
  if (key === undefined) {
    return { result: "none", why: `its type is "${type}", and not one of ${Object.keys(KEYS)}` };
  }
  const { texts, version } = readSecret(raw);
  const config = texts[key];
  return config === undefined
    ? { result: "none", why: `it has no text under ${key}` }
    : { result: "found", version, config: new SecretText(config) };
}

/** What an administrator has to run; `refusal` names who was refused. */
function missingRole({ namespace, name }: PullSecret, refusal: string): string {
  const [, account] = /User "system:serviceaccount:([^:"\s]+:[^:"\s]+)"/.exec(refusal) ?? [];
  const [, user = "USER"] = /User "([^"\s]+)"/.exec(refusal) ?? [];
  const whose = account === undefined ? `--user ${user}` : `--serviceaccount ${account}`;
  const role = `warm-images-${name}`;
  return `kubectl --namespace ${namespace} create role ${role} --verb get --resource secrets ` +
    `--resource-name ${name}; kubectl --namespace ${namespace} create rolebinding ${role} ` +
    `--role ${role} ${whose}`;
}
