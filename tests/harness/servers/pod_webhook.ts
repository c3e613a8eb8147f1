import { makeCertificates } from "./certificates.ts";

/** A container, as far as webhooks look at it. */
export interface WebhookContainer {
  readonly name: string;
  readonly image: string;
}

/** The specification of a pod, as far as webhooks look at it. */
export interface WebhookSpec {
  readonly containers: readonly WebhookContainer[];
  readonly initContainers?: readonly WebhookContainer[];
  readonly tolerations?: readonly unknown[];
}

/** A pod that the API server asks about. */
export interface WebhookPod {
  readonly metadata: { readonly labels?: Readonly<Record<string, string>> };
  readonly spec: WebhookSpec;
}

/** Gives the specification that a pod is to have. */
export type Mutate = (pod: WebhookPod) => WebhookSpec;

/** A mutating webhook for pods; disposing stops it. */
export interface PodWebhook extends AsyncDisposable {
  /** The configuration to create: the API server asks it about pods of these namespaces. */
  configuration(name: string, namespaceLabels: Readonly<Record<string, string>>): unknown;
}

/**
 * Starts a webhook over HTTPS on a free port of an address that the API server reaches. `mutate`
 * gives the specification that a pod is to have.
 */
export async function startPodWebhook(hostname: string, mutate: Mutate): Promise<PodWebhook> {
  const folder = await Deno.makeTempDir({ prefix: "warm-images-webhook-" });
  try {
    const { caFile, certFile, keyFile } = await makeCertificates(folder, [`IP:${hostname}`]);
    const [caBundle, cert, key] = [
      (await Deno.readFile(caFile)).toBase64(),
      await Deno.readTextFile(certFile),
      await Deno.readTextFile(keyFile),
    ];
    const server = Deno.serve(
      { hostname, port: 0, cert, key, onListen: () => {} },
      async (request) => Response.json(review(await request.json(), mutate)),
    );
    const url = `https://${hostname}:${server.addr.port}/pods`;
    return {
      configuration: (name, labels) => configurationOf(name, labels, { url, caBundle }),
      [Symbol.asyncDispose]: () => server.shutdown(),
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What the API server asks: `AdmissionReview` of admission.k8s.io/v1. */
interface Review {
  readonly apiVersion: string;
  readonly kind: string;
  readonly request: { readonly uid: string; readonly object: WebhookPod };
}

/** https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/ */
function review({ apiVersion, kind, request: { uid, object } }: Review, mutate: Mutate) {
  const value = mutate(object);
  const patch = btoa(JSON.stringify([{ op: "replace", path: "/spec", value }]));
  return { apiVersion, kind, response: { uid, allowed: true, patchType: "JSONPatch", patch } };
}

function configurationOf(
  name: string,
  matchLabels: Readonly<Record<string, string>>,
  clientConfig: { readonly url: string; readonly caBundle: string },
) {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "MutatingWebhookConfiguration",
    metadata: { name },
    webhooks: [{
      name: `${name}.e2e.example.com`,
      clientConfig,
      namespaceSelector: { matchLabels },
      rules: [{
        apiGroups: [""],
        apiVersions: ["v1"],
        operations: ["CREATE"],
        resources: ["pods"],
      }],
      sideEffects: "None",
      admissionReviewVersions: ["v1"],
      failurePolicy: "Fail",
    }],
  };
}
