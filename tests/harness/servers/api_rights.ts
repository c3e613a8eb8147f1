import type { KubernetesClient } from "../../../mod/adapters/kubernetes/client.ts";
import { waitUntil } from "../wait.ts";
import { call } from "./api_objects.ts";

const API = "rbac.authorization.k8s.io";

/** One rule of a role. Source: https://kubernetes.io/docs/reference/access-authn-authz/rbac/ */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/**
 * Gives a service account of `default` a role of this name, in the whole cluster or in one namespace.
 * Resolves once all of it holds: an API server learns of roles a moment after they are written.
 */
export async function grant(
  client: KubernetesClient,
  account: string,
  role: { readonly name: string; readonly rules: readonly Rule[]; readonly namespace?: string },
): Promise<void> {
  const { name, rules, namespace } = role;
  const kind = namespace === undefined ? "ClusterRole" : "Role";
  const path = `/apis/${API}/v1${namespace === undefined ? "" : `/namespaces/${namespace}`}`;
  const common = { apiVersion: `${API}/v1`, metadata: { name } };
  const plural = `${kind.toLowerCase()}s`;
  await call(client, "POST", `${path}/${plural}`, { ...common, kind, rules });
  await call(client, "POST", `${path}/${kind.toLowerCase()}bindings`, {
    ...common,
    kind: `${kind}Binding`,
    roleRef: { apiGroup: API, kind, name },
    subjects: [{ kind: "ServiceAccount", name: account, namespace: "default" }],
  });
  for (const asked of rules.flatMap(questionsOf)) {
    await waitUntil(
      `"${account}" may ${JSON.stringify(asked)}`,
      () => mayDo(client, account, { ...asked, ...(namespace !== undefined && { namespace }) }),
    );
  }
}

/**
 * Lets a service account get, list and watch resources of the whole cluster, or do else; they are
 * given as `group/resource`, or `group/resource/subresource`.
 */
export async function grantReading(
  client: KubernetesClient,
  account: string,
  role: string,
  resources: readonly string[],
  verbs: readonly string[] = ["get", "list", "watch"],
): Promise<void> {
  const rules = resources.map((resource) => {
    const [group = "", ...name] = resource.split("/");
    return { apiGroups: [group], resources: [name.join("/")], verbs };
  });
  await grant(client, account, { name: role, rules });
}

/** What an API server can be asked for a rule, one question for each thing that it allows. */
function questionsOf({ apiGroups, resources, resourceNames, verbs }: Rule) {
  return apiGroups.flatMap((group) =>
    resources.flatMap((each) => {
      const [resource, subresource] = each.split("/");
      return (resourceNames ?? [undefined]).flatMap((name) =>
        verbs.map((verb) => ({ group, resource, subresource, name, verb }))
      );
    })
  );
}

async function mayDo(
  client: KubernetesClient,
  account: string,
  resourceAttributes: Readonly<Record<string, string | undefined>>,
): Promise<boolean> {
  const review = await call(client, "POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SubjectAccessReview",
    spec: { user: `system:serviceaccount:default:${account}`, resourceAttributes },
  });
  return (review as { readonly status: { readonly allowed: boolean } }).status.allowed;
}
