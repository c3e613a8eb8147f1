import type { ObservedNamespace, ObservedWorkload } from "../objects/observed.ts";
import { type Asked, LOWEST_PRIORITY } from "./asked.ts";

/**
 * What workloads name in variables and arguments, where they or their namespace say that this
 * counts (`warm-images/also`). What is started by it may run on all nodes that ordinary pods may
 * use; it comes last but for what is kept for rollbacks.
 */
export function* askedAlso(
  workloads: Iterable<ObservedWorkload>,
  namespaces: Iterable<ObservedNamespace>,
): Generator<Asked> {
  const ofNamespace = new Map<string, readonly string[]>();
  for (const { name, marks } of namespaces) {
    if (marks?.also !== undefined) ofNamespace.set(name, marks.also);
  }
  for (const { kind, namespace, name, skip, also, marks } of workloads) {
    if (also === undefined || skip) continue;
    const words = [...(marks?.also ?? []), ...(ofNamespace.get(namespace) ?? [])];
    if (words.length === 0) continue;
    const wants = also.filter(({ from }) => from === "related" || words.includes(from));
    yield {
      reason: { kind, namespace, name, how: "also" },
      shape: { wants, placement: {}, pullSecrets: [] },
      priority: LOWEST_PRIORITY + 1,
    };
  }
}
