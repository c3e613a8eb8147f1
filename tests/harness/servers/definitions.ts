import type { KubernetesClient } from "../../../mod/adapters/kubernetes/client.ts";
import { waitUntil } from "../wait.ts";
import { call } from "./api_objects.ts";

/** A kind that a test defines. */
export interface Definition {
  readonly group: string;
  /** The version that is stored, and preferred. */
  readonly version: string;
  /** Versions that are served beside it. */
  readonly older?: readonly string[];
  readonly kind: string;
  readonly plural: string;
  /** Whether its schema says that it has a pod template. */
  readonly hasTemplate?: boolean;
}

const PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/** Defines a kind whose objects hold anything, or defines it anew, and waits until it is served. */
export async function createDefinition(
  client: KubernetesClient,
  definition: Definition,
): Promise<void> {
  const { group, kind, plural, version, older = [] } = definition;
  const name = `${plural}.${group}`;
  const versions = [version, ...older].map((name) => ({
    name,
    served: true,
    storage: name === version,
    schema: { openAPIV3Schema: schemaOf(definition) },
  }));
  const names = { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` };
  const object = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name,
      // Groups under k8s.io are protected, but for those under x-k8s.io.
      annotations: { "api-approved.kubernetes.io": "unapproved, for a test" },
    },
    spec: { group, scope: "Namespaced", names, versions },
  };
  const change = call(client, "PATCH", `${PATH}/${name}`, { spec: object.spec });
  await change.catch(() => call(client, "POST", PATH, object));
  const path = `/apis/${group}/${version}/${plural}`;
  const isServed = () => call(client, "GET", path).then(() => true, () => false);
  await waitUntil(`${name} is served`, isServed);
}

const ANYTHING = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

function schemaOf({ hasTemplate = false }: Definition): Record<string, unknown> {
  const container = { type: "object", properties: { image: { type: "string" } }, ...OPEN };
  const podSpec = {
    type: "object",
    properties: { containers: { type: "array", items: container } },
    ...OPEN,
  };
  const template = { type: "object", properties: { spec: podSpec }, ...OPEN };
  const spec = hasTemplate ? { type: "object", properties: { template }, ...OPEN } : ANYTHING;
  return { type: "object", properties: { spec }, ...OPEN };
}

const OPEN = { "x-kubernetes-preserve-unknown-fields": true };
