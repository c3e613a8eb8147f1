import { type Kind, kindName } from "../../pure/objects/kind.ts";

/** Where the API server has the objects of a kind. */
export interface KindTarget {
  /** As `kindName` gives it. */
  readonly name: string;
  readonly kind: string;
  readonly apiVersion: string;
  /** Path of its collection: over all namespaces, or in `namespace` alone. */
  readonly path: string;
  /** As RBAC and `kubectl` name it. */
  readonly resource: string;
  readonly namespaced: boolean;
  /** The one namespace whose objects it is about; of the kind Namespace, the one object. */
  readonly namespace?: string;
  /** Field selector of the objects to be told of; absent: all. */
  readonly fieldSelector?: string | undefined;
  /** The same by labels. An object that comes to fit or fits no more is told as added or deleted. */
  readonly labelSelector?: string | undefined;
  /** Whether only the metadata of objects is to be told. */
  readonly metadataOnly?: boolean | undefined;
}

/** What has to be known of a kind to ask for its objects. */
export type Followable = Omit<Kind, "observe" | "speaksForOwned">;

/**
 * Media type of answers about a kind. Objects without anything but their metadata:
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches
 */
export function mediaTypeOf({ metadataOnly }: KindTarget, answer: "list" | "watch"): string {
  if (metadataOnly !== true) return "application/json";
  const kind = answer === "list" ? "PartialObjectMetadataList" : "PartialObjectMetadata";
  return `application/json;as=${kind};g=meta.k8s.io;v=v1`;
}

/** Where the API server has the objects of a kind, over all namespaces. */
export function targetOf(row: Followable): KindTarget {
  const { kind, group, version, plural, namespaced } = row;
  const { fieldSelector, labelSelector, metadataOnly } = row;
  const same = {
    name: kindName(row),
    kind,
    namespaced,
    fieldSelector,
    labelSelector,
    metadataOnly,
  };
  return group === ""
    ? { ...same, apiVersion: version, path: `/api/${version}/${plural}`, resource: plural }
    : {
      ...same,
      apiVersion: `${group}/${version}`,
      path: `/apis/${group}/${version}/${plural}`,
      resource: `${plural}.${group}`,
    };
}

/** As `targetOf`, one for each of these namespaces; Nodes belong to none, and stay one target. */
export function targetsIn(namespaces: readonly string[], kind: Followable): KindTarget[] {
  const target = targetOf(kind);
  if (!kind.namespaced && kind.kind !== "Namespace") return [target];
  return namespaces.map((namespace) => {
    const path = target.path.replace(/[^/]+$/, `namespaces/${namespace}/$&`);
    return { ...target, namespace, ...(kind.namespaced && { path }) };
  });
}

/**
 * Path and query of a request for the collection. RBAC lets an account list and watch one single
 * Namespace by its name, where the request selects just that one:
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources
 */
export function requestPath(target: KindTarget, query: URLSearchParams): string {
  const isOneObject = target.namespace !== undefined && !target.namespaced;
  const selector = isOneObject ? `metadata.name=${target.namespace}` : target.fieldSelector;
  if (selector !== undefined) query.set("fieldSelector", selector);
  if (target.labelSelector !== undefined) query.set("labelSelector", target.labelSelector);
  return `${target.path}?${query}`;
}
