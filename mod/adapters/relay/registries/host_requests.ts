import type { Clock } from "../../../ports/clock.ts";
import type { RegistryLogins } from "../../../ports/registry_logins.ts";
import type { ImageReference } from "../../../pure/images/image_reference.ts";
import type { HostPause } from "../../../pure/relay/pause_patience.ts";
import { answered, type HostFailure, unfit } from "../../../pure/relay/registry_failure.ts";
import { parseRetryAfter } from "../../../pure/relay/retry_after.ts";
import type { Dials } from "./dials.ts";
import { HostError } from "./host_error.ts";
import { drop, exchange, readStart, refusesHttp1 } from "./http_exchange.ts";
import type { HttpClients } from "./http_clients.ts";
import type { OpenHost } from "./open_host.ts";
import type { RegistryPace } from "./registry_pace.ts";
import { authorizationFor, type Challenged } from "./authorization.ts";
import type { DistrustedHosts } from "./distrusted_hosts.ts";
import type { SilentHosts } from "./silent_hosts.ts";
import type { Tokens } from "./tokens.ts";

/** What all repositories of all registries share. */
export interface SharedTools {
  readonly clients: HttpClients;
  readonly dials: Dials;
  readonly pace: RegistryPace;
  readonly tokens: Tokens;
  readonly logins: RegistryLogins | undefined;
  readonly silent: SilentHosts;
  readonly distrusted: DistrustedHosts;
  readonly clock: Clock;
}

/** What a host is asked. */
export interface HostQuestion {
  readonly method: "GET" | "HEAD";
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** An answer, and the address that it came from in the end. */
export interface HostAnswer {
  readonly response: Response;
  readonly url: URL;
}

/** As Go's http.Client. */
const MAX_REDIRECTS = 10;

/** Requests to the hosts of one repository: with authorization, at the pace of their registries. */
export class HostRequests {
  readonly #tools: SharedTools;
  readonly #reference: ImageReference;

  constructor(tools: SharedTools, reference: ImageReference) {
    this.#tools = tools;
    this.#reference = reference;
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
    return answered({ status: response.status, body, retryAfterMs });
  }

  #retryAfterOf({ headers }: Response): number | undefined {
    const wallMs = this.#tools.clock.wallMs();
    return parseRetryAfter(headers.get("retry-after"), { date: headers.get("date"), wallMs });
  }

  async #askAt(host: OpenHost, url: URL, question: HostQuestion): Promise<Response> {
    const { tokens, logins } = this.#tools;
    const { registry, repository } = this.#reference;
    const { signal } = question;
    const own = isOwn(host, url);
    const key = `${url.origin} ${repository}`;
    const fixed = own ? headerOf(host, "authorization") : undefined;
    const refused = await tokens.current(key, signal) ?? fixed;
    const first = await this.#send(host, url, question, refused);
    if (first.status !== 401) return first;
    const challenged: Challenged = {
      header: first.headers.get("www-authenticate") ?? "",
      origin: url,
      repository,
      login: async () =>
        !own
          ? undefined
          : fixed ?? await logins?.find(host.origin ? registry : host.address, repository),
      ask: (tokenUrl, authorization, signal) =>
        this.#askTokens(host, tokenUrl, authorization, signal),
    };
    const ask = await authorizationFor(challenged);
    if (ask === undefined) return first;
    await drop(first);
    if ("failure" in ask) throw new HostError(ask);
    const renewed = await tokens.renewed(key, { refused, question: ask.question }, signal);
    if (renewed === refused) throw new HostError(answered({ status: 401 }));
    return await this.#send(host, url, question, renewed);
  }

  /** Asks a token service, which may send on. */
  async #askTokens(
    host: OpenHost,
    url: URL,
    authorization: string | undefined,
    signal: AbortSignal,
  ): Promise<Response> {
    let at = url;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const question = { method: "GET", headers: { accept: "application/json" }, signal } as const;
      const mayTell = at.origin === url.origin;
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
    { method, headers: given, signal }: HostQuestion,
    authorization: string | undefined,
  ): Promise<Response> {
    const { clients, dials, pace } = this.#tools;
    const own = isOwn(host, url);
    const headers = new Headers(own ? host.headers.filter(isSendable).map(mutable) : []);
    for (const [name, value] of Object.entries(given)) headers.set(name, value);
    headers.delete("authorization");
    if (authorization !== undefined) headers.set("authorization", authorization);
    const pause = await pace.turn(url.host, { signal, unlimited: !own });
    if (pause !== undefined) throw new HostError(stillPaused(pause));
    await dials.reach(url, { timeoutMs: host.dialTimeoutMs, signal });
    const send = () =>
      exchange(url, { method, headers, signal, client: clients.for(url, host.trust) });
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
