import { Deadline, DeadlineError } from "../../../async/deadline.ts";
import type { TokenRequest } from "../../../pure/relay/auth_challenge.ts";
import { basicAuthorization, tokenForm } from "../../../pure/relay/login_texts.ts";
import { type HostFailure, unfit } from "../../../pure/relay/registry_failure.ts";
import { parseTokenAnswer, type Token, usableMs } from "../../../pure/relay/token_answer.ts";
import type { RegistryLogin } from "../../../pure/registry_logins/registry_login.ts";
import { HostError } from "./host_error.ts";
import { readBytes } from "./http_exchange.ts";
import type { Shown } from "./identity.ts";
import type { RotatedTokens } from "./rotated_tokens.ts";
import type { Grant } from "./tokens.ts";

/** One request to a token service. */
export interface TokenServiceRequest {
  readonly url: URL;
  readonly authorization?: string | undefined;
  /** Body of a POST, as forms have it; undefined: a GET. */
  readonly form?: string | undefined;
}

/** How a token service is reached. */
export interface TokenServiceDoor {
  readonly ask: (request: TokenServiceRequest, signal: AbortSignal) => Promise<Response>;
  readonly rotated: RotatedTokens;
  readonly signal: AbortSignal;
}

/** Much longer than any token. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/** However slowly its answer comes: all pulls of the repository wait for it. */
const TOKEN_MS = 60_000;

/**
 * Asks a token service. A password goes by GET, as Docker sends it, and by POST only where there is
 * nothing to GET: a service that is asked both ways for a wrong password counts it twice, and locks
 * users out sooner. Throws `HostError`; what refuses whoever asks is `denied`.
 */
export async function askForToken(
  request: TokenRequest,
  shown: Shown | undefined,
  { ask, rotated, signal }: TokenServiceDoor,
): Promise<Grant> {
  const { realm } = request;
  using deadline = new Deadline(TOKEN_MS, "a token", signal);
  const send = async (how: Omit<TokenServiceRequest, "url">) => {
    const url = how.form === undefined ? new URL(request.url) : realm;
    const response = await ask({ url, ...how }, deadline.signal);
    const limits = { maxBytes: MAX_ANSWER_BYTES, signal: deadline.signal };
    const bytes = await readBytes(response, limits);
    const token = bytes && parseTokenAnswer(new TextDecoder().decode(bytes));
    if (token === undefined) throw new HostError(unfit("server_error", "gave none"));
    return token;
  };
  try {
    switch (shown?.type) {
      case undefined:
        return grantOf(await send({}));
      case "header":
        return grantOf(await send({ authorization: shown.authorization }));
      case "password": {
        const byGet = send({ authorization: basicAuthorization(shown) });
        const token = await byGet.catch((error) => {
          if (!isNothingToGet(error)) throw error;
          return send({ form: tokenForm(request, shown) });
        });
        return grantOf(token, shown);
      }
      case "identity":
        return grantOf(await byIdentity(request, shown, rotated, send), shown);
      case "bearer":
        throw new Error("A token of the registry is not shown to its token service");
      default:
        return shown satisfies never;
    }
  } catch (error) {
    const named = (failure: HostFailure) =>
      new HostError({
        ...failure,
        text: `sent for a token to ${realm.host}, which ${failure.text}`,
      });
    if (error instanceof DeadlineError) throw named(unfit("network", "gave none in time"));
    throw error instanceof HostError ? named(refusalOf(error.failure)) : error;
  }
}

/** Shows the token that has replaced the login's own, and that one where the other is refused. */
async function byIdentity(
  request: TokenRequest,
  login: Extract<RegistryLogin, { type: "identity" }>,
  rotated: RotatedTokens,
  send: (how: Omit<TokenServiceRequest, "url">) => Promise<Token>,
): Promise<Token> {
  const { href } = request.realm;
  const by = async (secret: typeof login.token) => {
    const token = await send({ form: tokenForm(request, { type: "identity", token: secret }) });
    const { refreshToken } = token;
    if (refreshToken !== undefined && refreshToken !== secret.reveal()) {
      rotated.replace(href, login.token, refreshToken);
    }
    return token;
  };
  try {
    return await by(rotated.latest(href, login.token));
  } catch (error) {
    const isRefused = error instanceof HostError && isRefusal(error.failure);
    if (!isRefused || !rotated.forget(href, login.token)) throw error;
    return await by(login.token);
  }
}

function grantOf(token: Token, login?: RegistryLogin): Grant {
  return { authorization: `Bearer ${token.token}`, usableMs: usableMs(token), login };
}

function isNothingToGet(error: unknown): boolean {
  return error instanceof HostError && [404, 405, 501].includes(error.failure.status ?? 0);
}

/**
 * Whether somebody else may be given a token: 400 is what OAuth has for a wrong password or token
 * ("invalid_grant", RFC 6749 §5.2), and nobody in particular has only GET to ask by.
 */
function isRefusal({ status = 0 }: HostFailure): boolean {
  return status >= 400 && status < 500 && ![407, 408, 429].includes(status) || status === 501;
}

/** Its statuses are about who asks, and would otherwise be taken for the registry's about the image. */
function refusalOf(failed: HostFailure): HostFailure {
  return isRefusal(failed) ? { ...failed, failure: "denied", status: 401 } : failed;
}
