import type { ImageReference } from "../../../pure/images/image_reference.ts";
import { answered, type HostFailure } from "../../../pure/relay/registry_failure.ts";
import { authorizationFor } from "./authorization.ts";
import { HostError } from "./host_error.ts";
import { type HostQuestion, HostWire, isOwn } from "./host_wire.ts";
import { drop } from "./http_exchange.ts";
import { headerIdentity, NOBODY } from "./identity.ts";
import type { LoginInUse } from "./login_in_use.ts";
import type { OpenHost } from "./open_host.ts";
import { followed, type HostAnswer, isRedirect } from "./redirects.ts";
import type { SharedTools } from "./shared_tools.ts";
import type { ShownSecrets } from "./shown_secrets.ts";
import { requestToken } from "./token_requests.ts";

/** Tokens and logins that one request is tried with: a token that has ended, a new one, a new login's. */
const MOST_GRANTS = 4;

/** What a registry answers to a login that it does not know, or may not see what is asked for. */
const MAY_BE_OF_LOGIN: ReadonlySet<number> = new Set([401, 403, 404]);

/** Requests to the hosts of one repository, by a login or by none. */
export class HostRequests {
  readonly #tools: SharedTools;
  readonly #reference: ImageReference;
  readonly #login: LoginInUse | undefined;
  readonly #secrets: ShownSecrets;
  readonly #wire: HostWire;
  /** What each host has asked for last, by the keys of tokens. */
  readonly #challenges = new Map<string, string>();

  constructor(
    tools: SharedTools,
    { reference, login, secrets }: {
      readonly reference: ImageReference;
      readonly login?: LoginInUse | undefined;
      readonly secrets: ShownSecrets;
    },
  ) {
    this.#tools = tools;
    this.#reference = reference;
    this.#login = login;
    this.#secrets = secrets;
    this.#wire = new HostWire(tools, secrets);
  }

  /**
   * Asks `host` at `url`, and follows redirects: what comes is held against its digest. Resolves to
   * any answer but a redirect. Throws `HostError`; when the signal aborts, its reason.
   */
  ask(host: OpenHost, url: URL, question: HostQuestion): Promise<HostAnswer> {
    return followed(url, (at) => this.#askAt(host, at, question));
  }

  /** How long `host` wants to be left alone by whoever asks here, in ms. */
  pausedMs(host: OpenHost): number {
    const url = new URL(host.root);
    return this.#wire.pausedMs({ url, login: this.#loginAt(host, url)?.key });
  }

  /** What an answer means that is no success; reads of its body what a person may want to know. */
  failureOf(response: Response, signal: AbortSignal): Promise<HostFailure> {
    return this.#wire.failureOf(response, signal);
  }

  /** What a host says in a header, for a person; what it was shown is masked. */
  saidBy(header: string): string {
    return this.#secrets.maskedSaying(header);
  }

  async #askAt(host: OpenHost, url: URL, question: HostQuestion): Promise<Response> {
    const login = this.#loginAt(host, url);
    if (login === undefined || !login.isOptional) {
      return await this.#askAs(login, host, url, question);
    }
    let refused: Response | HostError;
    try {
      refused = await this.#askAs(login, host, url, question);
      if (!MAY_BE_OF_LOGIN.has(refused.status)) return refused;
      await drop(refused);
    } catch (error) {
      if (!(error instanceof HostError) || !isDenied(error)) throw error;
      refused = error;
    }
    const response = await this.#askAs(undefined, host, url, question);
    if (response.ok || isRedirect(response)) login.giveUp();
    return response;
  }

  /** Asks by a login, or by none; a login that has ended is asked for anew, and shown again. */
  async #askAs(
    login: LoginInUse | undefined,
    host: OpenHost,
    url: URL,
    question: HostQuestion,
  ): Promise<Response> {
    const { signal } = question;
    const { repository } = this.#reference;
    const tokens = login?.tokens ?? this.#tools.tokens;
    const fixed = isOwn(host, url) ? headerOf(host, "authorization") : undefined;
    // A mirror of several registries may be shown something else for each.
    const key = `${url.origin} ${repository} ${fixed ?? ""}`;
    const identity = login ?? (fixed === undefined ? NOBODY : headerIdentity(fixed));
    let grant = await tokens.current(key, signal);
    let isFresh = false;
    for (let grants = 0;; grants++) {
      const shown = grant?.authorization ?? fixed;
      const response = await this.#wire.send({ host, url, login: login?.key }, question, shown);
      const mayHelp = response.status === 401 ||
        login !== undefined && MAY_BE_OF_LOGIN.has(response.status) &&
          (grant === undefined || response.status === 403);
      if (!mayHelp || grants === MOST_GRANTS) return response;
      // A token may have ended, where the login that it was got by has not.
      const isOfLogin = grant?.login !== undefined &&
        (grant.isLogin || isFresh || response.status === 403);
      if (grant?.login !== undefined && isOfLogin) login?.refuse(grant.login);
      else if (isFresh) return response;
      const header = response.headers.get("www-authenticate") ?? this.#challenges.get(key) ??
        (login && await this.#challengeOf(host, login, signal)) ?? "";
      const ask = authorizationFor({
        header,
        origin: url,
        repository,
        identity,
        rotated: this.#tools.rotated,
        masked: (text) => this.#secrets.maskedSaying(text),
        ask: (request, signal) =>
          requestToken(this.#wire, request, { host, login: login?.key, signal }),
      });
      if (ask === undefined) return response;
      this.#challenges.set(key, header);
      try {
        if ("failure" in ask) throw new HostError(ask);
        const { question: how } = ask;
        grant = await tokens.renewed(key, { refused: shown, question: how }, signal);
      } catch (error) {
        // The registry's own word on a login says more than that there is no other.
        if (isOfLogin && error instanceof HostError && isDenied(error)) return response;
        await drop(response);
        throw error;
      }
      await drop(response);
      if (grant.authorization === shown) throw new HostError(answered({ status: 401 }));
      isFresh = true;
    }
  }

  /** The login of this pull where it may be shown: at the registry itself, and not at its mirrors. */
  #loginAt(host: OpenHost, url: URL): LoginInUse | undefined {
    const login = this.#login;
    return login?.isGivenUp || host.mirror || !isOwn(host, url) ? undefined : login;
  }

  /**
   * How a host asks who we are that hides from strangers what it has (404): the way of Docker's
   * clients, which ask for its root first.
   */
  async #challengeOf(
    host: OpenHost,
    { key: login }: LoginInUse,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const url = new URL(`${host.root}/`);
    const question = { method: "GET", headers: {}, signal } as const;
    const response = await this.#wire.send({ host, url, login }, question, undefined);
    await drop(response);
    if (response.status !== 401) return undefined;
    return response.headers.get("www-authenticate") ?? undefined;
  }
}

function isDenied({ failure }: HostError): boolean {
  return failure.failure === "denied";
}

function headerOf({ headers }: OpenHost, wanted: string): string | undefined {
  return headers.find(([name]) => name.toLowerCase() === wanted)?.[1];
}
