import type { KindTarget } from "./kind_target.ts";

/** Path of one object of a kind, by the names of namespace (empty: none) and object. */
export function objectPath(
  { apiVersion, resource, namespaced }: Pick<KindTarget, "apiVersion" | "resource" | "namespaced">,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): string {
  const api = apiVersion.includes("/") ? "/apis" : "/api";
  const within = namespaced ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  const [plural = ""] = resource.split(".", 1);
  return `${api}/${apiVersion}${within}/${plural}/${encodeURIComponent(name)}`;
}
