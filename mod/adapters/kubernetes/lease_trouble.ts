import { messageOf } from "../../pure/message_of.ts";
import { ApiError } from "./api_error.ts";

/** Why the Lease cannot be used, and what to do, as a sentence. */
export function leaseTrouble(error: unknown, namespace: string): string {
  return error instanceof ApiError && error.status === 403
    ? `Cannot use leases.coordination.k8s.io in namespace "${namespace}": ` +
      "grant the verbs get, create and update"
    : `Cannot take part in the election: ${messageOf(error)}`;
}

/** True when another contender was faster; the next round tells what became of it. */
export function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.status === 409;
}
