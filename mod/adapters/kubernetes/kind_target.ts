import type { Kind } from "../../pure/wants/kinds.ts";

/** Where the API server has the objects of a kind. */
export interface KindTarget {
  readonly kind: string;
  readonly apiVersion: string;
  /** Path of its collection over all namespaces. */
  readonly path: string;
  /** As RBAC and `kubectl` name it. */
  readonly resource: string;
  readonly namespaced: boolean;
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
