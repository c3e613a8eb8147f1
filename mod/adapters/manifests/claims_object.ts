/**
 * Whether a text that cannot be parsed looks like a Kubernetes object: it has `apiVersion` and
 * `kind` as keys at the start of lines, in the items of a sequence, or in the form of JSON.
 */
export function claimsObject(text: string): boolean {
  const inItem = /^- /m.test(text) ? "(?:- |  )?" : "";
  return ["apiVersion", "kind"].every((key) =>
    new RegExp(`(?:^${inItem}|[{,]\\s*)(["']?)${key}\\1[ \\t]*:`, "m").test(text)
  );
}
