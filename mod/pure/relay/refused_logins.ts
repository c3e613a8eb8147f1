import type { PullFailure } from "../pulls/pull_outcome.ts";
import { maskedLine } from "./masked_line.ts";

/** How an image was refused to one login. */
export interface TriedLogin {
  /** Whose it is, for a person; undefined: it was asked for without one. */
  readonly from?: string | undefined;
  readonly failure: LoginRefusal;
}

/** A failure for a person; `status` of the HTTP answer. */
export interface LoginRefusal {
  readonly result: "failed";
  readonly failure: PullFailure;
  readonly detail: string;
  readonly status?: number | undefined;
}

/**
 * What all refusals together mean. Logins decide, as what is private is often told from what is not
 * there by nobody else; where one of several is denied, it may be the one that would have been let in.
 */
export function refusedJointly(tried: readonly TriedLogin[]): LoginRefusal {
  const byLogin = tried.filter(({ from }) => from !== undefined);
  const [first] = tried;
  if (first === undefined) throw new Error("Nothing was tried");
  const deciding = byLogin.find(({ failure }) => failure.failure === "denied") ?? byLogin[0] ??
    first;
  if (byLogin.length === 0) return first.failure;
  const others = tried.filter((each) => each !== deciding);
  const texts = [deciding, ...others].map(({ from, failure: { detail } }) =>
    from === undefined ? `without a login: ${detail}` : `with the login of ${from}: ${detail}`
  );
  return { ...deciding.failure, detail: maskedLine(texts.join("; "), 500) };
}
