import type { NotRelayed, RelayedPull } from "../../ports/pull_relay.ts";
import type { PullOutcome } from "../../pure/pulls/pull_outcome.ts";
import { mayHaveMissedRelay } from "../../pure/pulls/relayed_outcome.ts";

/** How a pull by ctr ended, or why it went without the relay: nothing is known of the registry then. */
export function unlessMissed(
  { traffic }: Pick<RelayedPull, "traffic">,
  outcome: PullOutcome,
): PullOutcome | NotRelayed {
  if (traffic.firstRequestAt !== undefined || !mayHaveMissedRelay(outcome)) return outcome;
  const said = outcome.result === "failed" ? `: ${outcome.detail}` : "";
  return { direct: `ctr did not ask the relay${said}` };
}
