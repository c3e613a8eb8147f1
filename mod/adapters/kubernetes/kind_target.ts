import type { Kind } from "../../pure/wants/kinds.ts";

/** Where the API server has the objects of a kind. */
export interface KindTarget {
  readonly kind: string;
  readonly apiVersion: string;
  /** Path of its collection: over all namespaces, or in `namespace` alone. */
  readonly path: string;
  /** As RBAC and `kubectl` name it. */
  readonly resource: string;
  readonly namespaced: boolean;
  /** The one namespace whose objects it is about; of the kind Namespace, the one object. */
  readonly namespace?: string;
}

/** Where the API server has a kind of the tables in `mod/pure/wants/kinds.ts`. */
export function targetOf({ kind, group, version, plural, namespaced }: Kind): KindTarget {
  return group === ""
    ? { kind, apiVersion: version, path: `/api/${version}/${plural}`, resource: plural, namespaced }
    : {
      kind,
      apiVersion: `${group}/${version}`,
      path: `/apis/${group}/${version}/${plural}`,
      resource: `${plural}.${group}`,
      namespaced,
    };
}

/** As `targetOf`, one for each of these namespaces; Nodes belong to none, and stay one target. */
export function targetsIn(namespaces: readonly string[], kind: Kind): KindTarget[] {
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
  if (target.namespace !== undefined && !target.namespaced) {
    query.set("fieldSelector", `metadata.name=${target.namespace}`);
  }
  return `${target.path}?${query}`;
}
