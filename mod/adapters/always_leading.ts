import type { Leadership } from "../ports/leadership.ts";

/** Leads without an election, for a source of manifests, which has no Lease to agree by. */
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
