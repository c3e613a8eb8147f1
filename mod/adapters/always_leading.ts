import type { Leadership } from "../ports/leadership.ts";

/** Leads without an election: with manifests as the source there is nobody to compete with. */
export function alwaysLeading(): Leadership {
  return {
    async follow({ signal, changed }) {
      changed(true);
      if (signal.aborted) return;
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    },
    leading: () => true,
  };
}
