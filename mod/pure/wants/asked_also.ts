import type { Marks } from "../objects/observed.ts";
import { type Asked, LOWEST_PRIORITY } from "./asked.ts";
import type { WorkloadGroup } from "./workload_groups.ts";

/**
 * What a workload names in variables and arguments, as far as it, or its namespace, says that this
 * counts (`warm-images/also`). What is started by it may run on all nodes that ordinary pods may use;
 * it comes last but for what is kept for rollbacks.
 */
export function askedAlso({ root, ...group }: WorkloadGroup, { also: words = [] }: Marks): Asked {
  const { kind, namespace, name } = group;
  const also = words.length === 0 || root?.skip === true ? [] : root?.also ?? [];
  return {
    reason: { kind, namespace, name, how: "also" },
    shape: {
      wants: also.filter(({ from }) => from === "related" || words.includes(from)),
      placement: {},
      pullSecrets: [],
    },
    priority: LOWEST_PRIORITY + 1,
  };
}
