import type { Marks, ObservedWorkload } from "../objects/observed.ts";
import { type Asked, LOWEST_PRIORITY } from "./asked.ts";

/** What workloads name in variables and arguments; the same from pass to pass while nothing changes. */
export class AskedAlso {
  readonly #known = new WeakMap<
    ObservedWorkload,
    { readonly words: string; readonly asked: Asked }
  >();

  /**
   * What a workload names, as far as it, or its namespace, says that this counts
   * (`warm-images/also`); undefined where it names nothing. What is started by it may run on all
   * nodes that ordinary pods may use; it comes last but for what is kept for rollbacks.
   */
  of(workload: ObservedWorkload | undefined, { also = [] }: Marks): Asked | undefined {
    if (workload?.also === undefined || workload.skip || also.length === 0) return undefined;
    const words = also.join();
    const known = this.#known.get(workload);
    if (known?.words === words) return known.asked;
    const asked = askedOf(workload, also);
    this.#known.set(workload, { words, asked });
    return asked;
  }
}

function askedOf(workload: ObservedWorkload, words: readonly string[]): Asked {
  const { kind, namespace, name, also = [] } = workload;
  return {
    reason: { kind, namespace, name, how: "also" },
    shape: {
      wants: also.filter(({ from }) => from === "related" || words.includes(from)),
      placement: {},
      pullSecrets: [],
      serviceAccount: "",
    },
    priority: LOWEST_PRIORITY + 1,
  };
}
