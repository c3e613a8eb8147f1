import type { HostFailure } from "../../../pure/relay/registry_failure.ts";

/** One host did not give what it was asked for; others may. */
export class HostError extends Error {
  override readonly name = "HostError";

  constructor(readonly failure: HostFailure, options?: ErrorOptions) {
    super(failure.text, options);
  }
}
