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
  /** Field selector of the objects to be told of; absent: all. */
  readonly fieldSelector?: string | undefined;
  /** Whether only the metadata of objects is to be told. */
  readonly metadataOnly?: boolean | undefined;
}

/**
 * Media type of answers about a kind. Objects without anything but their metadata:
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches
 */
export function mediaTypeOf({ metadataOnly }: KindTarget, answer: "list" | "watch"): string {
  if (metadataOnly !== true) return "application/json";
  const kind = answer === "list" ? "PartialObjectMetadataList" : "PartialObjectMetadata";
  return `application/json;as=${kind};g=meta.k8s.io;v=v1`;
}

/** What narrows a request for objects of a kind, to be joined with other parameters. */
export function selectorOf({ fieldSelector }: KindTarget): Record<string, string> {
  return fieldSelector === undefined ? {} : { fieldSelector };
}

/** Where the API server has a kind of the tables in `mod/pure/wants/kinds.ts`. */
export function targetOf(row: Kind): KindTarget {
  const { kind, group, version, plural, namespaced, fieldSelector, metadataOnly } = row;
  const same = { kind, namespaced, fieldSelector, metadataOnly };
  return group === ""
    ? { ...same, apiVersion: version, path: `/api/${version}/${plural}`, resource: plural }
    : {
      ...same,
      apiVersion: `${group}/${version}`,
      path: `/apis/${group}/${version}/${plural}`,
      resource: `${plural}.${group}`,
    };
}
