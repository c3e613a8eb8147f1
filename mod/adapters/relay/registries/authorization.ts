import {
  type AuthChallenge,
  chosenChallenge,
  parseChallenges,
  tokenRequest,
} from "../../../pure/relay/auth_challenge.ts";
import { basicAuthorization, isHeaderToken } from "../../../pure/relay/login_texts.ts";
import { answered, type HostFailure, unfit } from "../../../pure/relay/registry_failure.ts";
import { HostError } from "./host_error.ts";
import type { Identity, Shown } from "./identity.ts";
import type { RotatedTokens } from "./rotated_tokens.ts";
import { askForToken, type TokenServiceRequest } from "./token_service.ts";
import type { Grant, Question } from "./tokens.ts";

/** A host asks who we are. */
export interface Challenged {
  /** Its `WWW-Authenticate`. */
  readonly header: string;
  /** What was asked. */
  readonly origin: URL;
  readonly repository: string;
  readonly identity: Identity;
  readonly rotated: RotatedTokens;
  /** Masks in what a host says what it was shown. */
  readonly masked: (text: string) => string;
  /** Asks a token service. Throws `HostError`, also where the answer is no success. */
  readonly ask: (request: TokenServiceRequest, signal: AbortSignal) => Promise<Response>;
}

/** How the challenge is answered; a failure: not at all; undefined: there is no challenge. */
export function authorizationFor(
  challenged: Challenged,
): { readonly question: Question } | HostFailure | undefined {
  const challenges = parseChallenges(challenged.header);
  const challenge = chosenChallenge(challenges);
  if (challenge === undefined) {
    const [other] = challenges;
    if (other === undefined) return undefined;
    const scheme = challenged.masked(other.scheme);
    return unfit("denied", `asks for a login of a kind unknown here: "${scheme}"`);
  }
  if (challenge.scheme === "bearer") return bearerQuestion(challenge, challenged);
  return { question: async (signal) => basicGrant(await shownBy(challenged.identity, signal)) };
}

async function shownBy(identity: Identity, signal: AbortSignal): Promise<Shown | undefined> {
  const shown = await identity.find(signal);
  if (shown !== undefined || identity.isNobody) return shown;
  throw denied("asks for a login, and there is none any more (401)", 401);
}

function basicGrant(shown: Shown | undefined): Grant {
  const usableMs = Infinity;
  switch (shown?.type) {
    case undefined:
      throw denied("asks for a user and a password (401)", 401);
    case "header":
      return { authorization: shown.authorization, usableMs };
    case "password":
      return { authorization: basicAuthorization(shown), usableMs, login: shown, isLogin: true };
    case "identity":
    case "bearer":
      throw denied("asks for a user and a password, and the login is a token (401)", 401);
    default:
      return shown satisfies never;
  }
}

function bearerQuestion(
  challenge: AuthChallenge,
  { origin, repository, identity, rotated, masked, ask }: Challenged,
): { readonly question: Question } | HostFailure {
  const request = tokenRequest(challenge, repository);
  if ("fault" in request) return unfit("denied", masked(request.fault));
  const { realm } = request;
  const by = async (shown: Shown | undefined, signal: AbortSignal): Promise<Grant> => {
    if (shown?.type === "bearer") return bearerGrant(shown);
    if (shown !== undefined && realm.protocol === "http:" && origin.protocol === "https:") {
      throw denied(`wants the login sent to ${realm.host} over plain http`);
    }
    return await askForToken(request, shown, { ask, rotated, signal });
  };
  return {
    question: async (signal) => {
      const first = await shownBy(identity, signal);
      try {
        return await by(first, signal);
      } catch (error) {
        if (first === undefined || !isRefused(error)) throw error;
        identity.refuse(first);
        const other = await identity.find(signal);
        if (other === undefined || other === first) throw error;
        return await by(other, signal);
      }
    },
  };
}

function bearerGrant(login: Extract<Shown, { type: "bearer" }>): Grant {
  const token = login.token.reveal();
  if (!isHeaderToken(token)) throw denied("cannot be shown the login: it is no token");
  return { authorization: `Bearer ${token}`, usableMs: Infinity, login, isLogin: true };
}

function isRefused(error: unknown): boolean {
  return error instanceof HostError && error.failure.failure === "denied";
}

function denied(text: string, status?: number): HostError {
  return new HostError(
    status === undefined ? unfit("denied", text) : {
      ...answered({ status }),
      text,
    },
  );
}
