import { onAbort } from "../async/on_abort.ts";
import type { Leadership } from "../ports/leadership.ts";

/** Leads without an election, for a source of manifests, which has no Lease to agree by. */
export function alwaysLeading(): Leadership {
  return {
    async follow({ signal, changed }) {
      changed(true);
      await new Promise<void>((resolve) => onAbort(signal, resolve));
    },
    leading: () => true,
  };
}
