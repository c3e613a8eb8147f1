import type { PullOutcome } from "../pulls/pull_outcome.ts";
import { AWAITS_LOGIN } from "./login_wait.ts";
import { type PullSecret, secretName } from "./private_use.ts";

/** What is known of the logins that a pull had. */
export interface LoginsOfPull {
  /** Whose logins could have opened the image, such as `login file`, `secret shop/regcred`. */
  readonly tried: readonly string[];
  /** Secrets of which no login had come by the end of the pull. */
  readonly awaited: readonly PullSecret[];
  /** Whether anything that runs here may have the image by a login. */
  readonly mayUseLogin: boolean;
  /** Whether the relay is on; only by it logins are used. */
  readonly hasRelay: boolean;
}

/** Most names that are told. */
const NAMED = 3;
const DETAIL_LENGTH = 500;

/**
 * What a pull's end means where the image may take a login: one that is refused and still awaits a
 * login has not failed; of others it says what to set, or why logins were no help where the relay
 * does not. Registries also answer 404 to those who may not know that there is such an image.
 */
export function privateOutcome(outcome: PullOutcome, logins: LoginsOfPull): PullOutcome {
  if (outcome.result !== "failed") return outcome;
  const { failure, detail } = outcome;
  if (failure !== "denied" && failure !== "not_found") return outcome;
  const { tried, awaited, hasRelay } = logins;
  const isRelayed = hasRelay && outcome.direct === undefined;
  if (awaited.length > 0 && isRelayed) {
    const names = named(awaited.map(secretName));
    const which = awaited.length > 1 ? "s of secrets" : " of secret";
    const unknown = failure === "not_found" ? ", as its registry knows it not without" : "";
    return {
      ...outcome,
      failure: "login_awaited",
      detail: `${AWAITS_LOGIN}${which} ${names}${unknown}`,
    };
  }
  if (failure === "not_found") return outcome;
  const isTold = tried.some((from) => detail.includes(`the login of ${from}`));
  if (isTold) return outcome;
  const note = noteOf(logins, isRelayed ? undefined : outcome.direct ?? "--relay is off");
  return { ...outcome, detail: detail.slice(0, DETAIL_LENGTH - note.length - 3) + ` (${note})` };
}

/** `direct`: why the pull went without the relay. */
function noteOf({ tried, awaited, mayUseLogin }: LoginsOfPull, direct: string | undefined): string {
  if (!mayUseLogin) return OFF;
  if (tried.length + awaited.length === 0) return "this node has no login that serves it";
  if (direct !== undefined) return `it needs the relay to be had by a login: ${direct}`;
  return `no login to be had of: ${named([...new Set(tried)])}`;
}

const OFF = 'if it takes a login: the namespaces of its pods need warm-images/private: "bytes"';

function named(names: readonly string[]): string {
  const rest = names.length - NAMED;
  const shown = names.slice(0, NAMED).join(", ");
  return rest > 0 ? `${shown} and ${rest} more` : shown;
}
