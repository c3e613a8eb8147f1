import type { Clock } from "../../../ports/clock.ts";
import type { ImageReference } from "../../../pure/images/image_reference.ts";
import type { HostPause } from "../../../pure/relay/pause_patience.ts";
import { answered, type HostFailure, unfit } from "../../../pure/relay/registry_failure.ts";
import { parseRetryAfter } from "../../../pure/relay/retry_after.ts";
import type { Dials } from "./dials.ts";
import { HostError } from "./host_error.ts";
import { drop, exchange, readStart, refusesHttp1 } from "./http_exchange.ts";
import type { HttpClients } from "./http_clients.ts";
import { headerIdentity, NOBODY } from "./identity.ts";
import type { LoginInUse } from "./login_in_use.ts";
import type { OpenHost } from "./open_host.ts";
import type { RegistryPace } from "./registry_pace.ts";
import { authorizationFor } from "./authorization.ts";
import type { DistrustedHosts } from "./distrusted_hosts.ts";
import type { RotatedTokens } from "./rotated_tokens.ts";
import type { ShownSecrets } from "./shown_secrets.ts";
import type { SilentHosts } from "./silent_hosts.ts";
import type { TokenServiceRequest } from "./token_service.ts";
import type { Tokens } from "./tokens.ts";

/** What all repositories of all registries share. */
export interface SharedTools {
  readonly clients: HttpClients;
  readonly dials: Dials;
  readonly pace: RegistryPace;
  /** Of whoever has no login. */
  readonly tokens: Tokens;
  readonly rotated: RotatedTokens;
  readonly silent: SilentHosts;
  readonly distrusted: DistrustedHosts;
  readonly clock: Clock;
  /** Aborts when all is over. */
  readonly ending: AbortSignal;
}

/** What a host is asked. */
export interface HostQuestion {
  readonly method: "GET" | "HEAD" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
}

/** An answer, and the address that it came from in the end. */
export interface HostAnswer {
  readonly response: Response;
  readonly url: URL;
}

/** As Go's http.Client. */
const MAX_REDIRECTS = 10;

/** Tokens and logins that one request is tried with: a token that has ended, a new one, a new login's. */
const MOST_GRANTS = 4;

/** What a registry answers to a login that it does not know, or may not see what is asked for. */
const MAY_BE_OF_LOGIN: ReadonlySet<number> = new Set([401, 403, 404]);

/** Requests to the hosts of one repository: with authorization, at the pace of their registries. */
export class HostRequests {
  readonly #tools: SharedTools;
  readonly #reference: ImageReference;
  readonly #login: LoginInUse | undefined;
  readonly #secrets: ShownSecrets;
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
  }

  /**
   * Asks `host` at `url`, and follows redirects, to plain http too, as Go does: what comes is held
   * against its digest. Resolves to any answer but a redirect. Throws `HostError`; when the signal
   * aborts, its reason.
   */
  async ask(host: OpenHost, url: URL, question: HostQuestion): Promise<HostAnswer> {
    let at = url;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      try {
        const response = await this.#askAt(host, at, question);
        if (!REDIRECTS.has(response.status)) return { response, url: at };
        await drop(response);
        at = nextAddress(response, at);
      } catch (error) {
        throw at.host === url.host ? error : sentOn(at, error);
      }
    }
    throw new HostError(unfit("server_error", `redirects more than ${MAX_REDIRECTS} times`));
  }

  /** What an answer means that is no success; reads of its body what a person may want to know. */
  async failureOf(response: Response, signal: AbortSignal): Promise<HostFailure> {
    const retryAfterMs = this.#retryAfterOf(response);
    const body = await readStart(response, signal);
    const masked = (text: string) => this.#secrets.maskedSaying(text);
    return answered({ status: response.status, body, retryAfterMs, masked });
  }

  /** What a host says in a header, for a person; what it was shown is masked. */
  saidBy(header: string): string {
    return this.#secrets.maskedSaying(header);
  }

  #retryAfterOf({ headers }: Response): number | undefined {
    const wallMs = this.#tools.clock.wallMs();
    return parseRetryAfter(headers.get("retry-after"), { date: headers.get("date"), wallMs });
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
    if (response.ok || REDIRECTS.has(response.status)) login.giveUp();
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
      const response = await this.#send(host, url, question, shown);
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
        (login && await this.#challengeOf(host, signal)) ?? "";
      const ask = authorizationFor({
        header,
        origin: url,
        repository,
        identity,
        rotated: this.#tools.rotated,
        masked: (text) => this.#secrets.maskedSaying(text),
        ask: (request, signal) => this.#askTokens(host, request, signal),
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
  async #challengeOf(host: OpenHost, signal: AbortSignal): Promise<string | undefined> {
    const response = await this.#send(
      host,
      new URL(`${host.root}/`),
      { method: "GET", headers: {}, signal },
      undefined,
    );
    await drop(response);
    if (response.status !== 401) return undefined;
    return response.headers.get("www-authenticate") ?? undefined;
  }

  /** Asks a token service, which may send on. */
  async #askTokens(
    host: OpenHost,
    { url, authorization, form }: TokenServiceRequest,
    signal: AbortSignal,
  ): Promise<Response> {
    let at = url;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const mayTell = at.origin === url.origin;
      if (form !== undefined && !mayTell) {
        throw new HostError(unfit("denied", `wants the login sent on to ${at.host}`));
      }
      const type = form === undefined
        ? {}
        : { "content-type": "application/x-www-form-urlencoded" };
      const question = {
        method: form === undefined ? "GET" : "POST",
        headers: { accept: "application/json", ...type },
        body: form,
        signal,
      } as const;
      const response = await this.#send(host, at, question, mayTell ? authorization : undefined);
      if (response.ok) return response;
      if (!REDIRECTS.has(response.status)) {
        throw new HostError(await this.failureOf(response, signal));
      }
      await drop(response);
      at = nextAddress(response, at);
    }
    throw new HostError(unfit("server_error", `redirects more than ${MAX_REDIRECTS} times`));
  }

  async #send(
    host: OpenHost,
    url: URL,
    { method, headers: given, body, signal }: HostQuestion,
    authorization: string | undefined,
  ): Promise<Response> {
    const { clients, dials, pace } = this.#tools;
    const own = isOwn(host, url);
    const headers = new Headers(own ? host.headers.filter(isSendable).map(mutable) : []);
    for (const [name, value] of Object.entries(given)) headers.set(name, value);
    headers.delete("authorization");
    if (authorization !== undefined) headers.set("authorization", authorization);
    this.#secrets.add(headers, body);
    const pause = await pace.turn(url.host, { signal, unlimited: !own });
    if (pause !== undefined) throw new HostError(stillPaused(pause));
    await dials.reach(url, { timeoutMs: host.dialTimeoutMs, signal });
    const send = () =>
      exchange(url, { method, headers, body, signal, client: clients.for(url, host.trust) });
    const isNews = !clients.speaksHttp2(url);
    const response = await send().catch((error) => {
      if (!isNews || !(error instanceof HostError) || !refusesHttp1(error)) throw error;
      clients.speakHttp2(url);
      return send();
    });
    if (response.status === 429) {
      pace.refused(url.host, this.#retryAfterOf(response));
    } else pace.served(url.host);
    return response;
  }
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** The host that was asked is not the one that failed. */
function sentOn({ host }: URL, error: unknown): unknown {
  if (!(error instanceof HostError)) return error;
  const { failure } = error;
  return new HostError({ ...failure, text: `sent on to ${host}, which ${failure.text}` });
}

function nextAddress({ status, headers }: Response, at: URL): URL {
  const location = headers.get("location");
  const next = location === null ? null : URL.parse(location, at);
  if (next === null || !/^https?:$/.test(next.protocol)) {
    throw new HostError(unfit("server_error", `answered ${status} and does not say where to go`));
  }
  return next;
}

/** What is our own guess is not told as the host's word: the queue has a back-off of its own for that. */
function stillPaused({ leftMs, isTold }: HostPause): HostFailure {
  const seconds = Math.ceil(leftMs / 1000);
  return {
    ...answered({ status: 429, retryAfterMs: isTold ? leftMs : undefined }),
    text: `asked for a pause (429), which lasts for another ${seconds} s`,
  };
}

function isDenied({ failure }: HostError): boolean {
  return failure.failure === "denied";
}

function isOwn(host: OpenHost, url: URL): boolean {
  return url.origin === new URL(host.root).origin;
}

function headerOf({ headers }: OpenHost, wanted: string): string | undefined {
  return headers.find(([name]) => name.toLowerCase() === wanted)?.[1];
}

/** Go takes the host from the address alone. */
function isSendable([name]: readonly [string, string]): boolean {
  return name.toLowerCase() !== "host";
}

function mutable([name, value]: readonly [string, string]): [string, string] {
  return [name, value];
}
