import type { ServedKind } from "../../pure/objects/kind.ts";
import { fieldsOf, itemsOf, textOf } from "../../pure/objects/raw_value.ts";

/** One version of an API group, and what it has. */
export interface GroupVersion {
  readonly group: string;
  readonly version: string;
  /** Kinds that can be listed and watched; undefined while that is not known. */
  readonly kinds?: readonly ServedKind[] | undefined;
}

/** Media types of an answer to `/apis`, the best first. */
export const DISCOVERY_TYPES = [
  "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
  "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList",
  "application/json",
].join(",");

/**
 * Reads an answer that tells all groups at once, versions in the order that the server prefers;
 * undefined where it is no such answer.
 */
export function readAggregated(body: unknown): GroupVersion[] | undefined {
  const { kind, items } = fieldsOf(body);
  if (kind !== "APIGroupDiscoveryList") return undefined;
  return itemsOf(items).map(fieldsOf).flatMap(({ metadata, versions }) => {
    const group = textOf(fieldsOf(metadata)["name"]);
    if (group === undefined) return [];
    return itemsOf(versions).map(fieldsOf).flatMap(({ version, freshness, resources }) => {
      const name = textOf(version);
      if (name === undefined) return [];
      const at = { group, version: name };
      // What a server says of an API behind it that does not answer is old, or nothing at all.
      if (freshness === "Stale") return [at];
      const kinds = itemsOf(resources).map(fieldsOf).flatMap((each) =>
        servedKind(at, {
          plural: textOf(each["resource"]),
          kind: textOf(fieldsOf(each["responseKind"])["kind"]),
          namespaced: each["scope"] === "Namespaced",
          verbs: itemsOf(each["verbs"]),
        })
      );
      return [{ ...at, kinds }];
    });
  });
}

/** Reads an answer that names groups alone; of each the version that the server prefers first. */
export function readGroups(body: unknown): GroupVersion[] {
  const { kind, groups } = fieldsOf(body);
  if (kind !== "APIGroupList") {
    throw new Error(
      "Cannot find out which kinds the API server serves: /apis is no list of groups",
    );
  }
  return itemsOf(groups).map(fieldsOf).flatMap(({ name, versions, preferredVersion }) => {
    const group = textOf(name);
    if (group === undefined) return [];
    const preferred = textOf(fieldsOf(preferredVersion)["version"]);
    const all = itemsOf(versions).map((each) => textOf(fieldsOf(each)["version"]));
    const ordered = new Set([preferred, ...all].filter((version) => version !== undefined));
    return [...ordered].map((version) => ({ group, version }));
  });
}

/** Reads what one version of a group has. */
export function readResources(
  body: unknown,
  at: Pick<GroupVersion, "group" | "version">,
): ServedKind[] {
  return itemsOf(fieldsOf(body)["resources"]).map(fieldsOf).flatMap((each) =>
    servedKind(at, {
      plural: textOf(each["name"]),
      kind: textOf(each["kind"]),
      namespaced: each["namespaced"] === true,
      verbs: itemsOf(each["verbs"]),
    })
  );
}

/** None for subresources, and for what cannot be followed. */
function servedKind(
  { group, version }: Pick<GroupVersion, "group" | "version">,
  { plural, kind, namespaced, verbs }: {
    readonly plural: string | undefined;
    readonly kind: string | undefined;
    readonly namespaced: boolean;
    readonly verbs: readonly unknown[];
  },
): ServedKind[] {
  const isFollowable = verbs.includes("list") && verbs.includes("watch");
  if (plural === undefined || kind === undefined || plural.includes("/") || !isFollowable) {
    return [];
  }
  return [{ group, version, kind, plural, namespaced }];
}
