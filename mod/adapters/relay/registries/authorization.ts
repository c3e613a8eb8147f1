import {
  type AuthChallenge,
  chosenChallenge,
  parseChallenges,
  tokenRequest,
} from "../../../pure/relay/auth_challenge.ts";
import { Deadline, DeadlineError } from "../../../async/deadline.ts";
import { answered, type HostFailure, unfit } from "../../../pure/relay/registry_failure.ts";
import { parseTokenAnswer, usableMs } from "../../../pure/relay/token_answer.ts";
import { HostError } from "./host_error.ts";
import { readBytes } from "./http_exchange.ts";
import type { Question } from "./tokens.ts";

/** A host answered 401. */
export interface Challenged {
  /** Its `WWW-Authenticate`. */
  readonly header: string;
  /** What was asked. */
  readonly origin: URL;
  readonly repository: string;
  /** Who we are there, as a value of `Authorization`; undefined: nobody in particular. */
  readonly login: () => Promise<string | undefined>;
  /** Asks a token service. Throws `HostError`, also where the answer is no success. */
  readonly ask: (
    url: URL,
    authorization: string | undefined,
    signal: AbortSignal,
  ) => Promise<Response>;
}

/** Much longer than any token. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/** However slowly its answer comes: all pulls of the repository wait for it. */
const TOKEN_MS = 60_000;

/** How the challenge is answered; a failure: not at all; undefined: there is no challenge. */
export async function authorizationFor(
  challenged: Challenged,
): Promise<{ readonly question: Question } | HostFailure | undefined> {
  const challenges = parseChallenges(challenged.header);
  const challenge = chosenChallenge(challenges);
  if (challenge === undefined) {
    const [other] = challenges;
    return other && unfit("denied", `asks for a login of a kind unknown here: "${other.scheme}"`);
  }
  const login = await challenged.login();
  if (challenge.scheme === "bearer") return bearerQuestion(challenge, login, challenged);
  if (login === undefined) {
    return { ...answered({ status: 401 }), text: "asks for a user and a password (401)" };
  }
  return {
    question: () => Promise.resolve({ authorization: login, usableMs: Infinity }),
  };
}

function bearerQuestion(
  challenge: AuthChallenge,
  login: string | undefined,
  { origin, repository, ask }: Challenged,
): { readonly question: Question } | HostFailure {
  const request = tokenRequest(challenge, repository);
  if ("fault" in request) return unfit("denied", request.fault);
  const { realm, url } = request;
  if (login !== undefined && realm.protocol === "http:" && origin.protocol === "https:") {
    return unfit("denied", `wants the login sent to ${realm.host} over plain http`);
  }
  return { question: (signal) => askForToken(url, { realm, login, ask, signal }) };
}

async function askForToken(
  url: string,
  { realm, login, ask, signal }: Pick<Challenged, "ask"> & {
    readonly realm: URL;
    readonly login: string | undefined;
    readonly signal: AbortSignal;
  },
) {
  const named = (failure: HostFailure) =>
    new HostError({ ...failure, text: `sent for a token to ${realm.host}, which ${failure.text}` });
  using deadline = new Deadline(TOKEN_MS, "a token", signal);
  try {
    const response = await ask(new URL(url), login, deadline.signal);
    const limits = { maxBytes: MAX_ANSWER_BYTES, signal: deadline.signal };
    const bytes = await readBytes(response, limits);
    const token = bytes && parseTokenAnswer(new TextDecoder().decode(bytes));
    if (token === undefined) throw new HostError(unfit("server_error", "gave none"));
    return { authorization: `Bearer ${token.token}`, usableMs: usableMs(token) };
  } catch (error) {
    if (error instanceof DeadlineError) throw named(unfit("network", "gave none in time"));
    throw error instanceof HostError ? named(error.failure) : error;
  }
}
