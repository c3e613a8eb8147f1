import type { HostPause } from "../../../pure/relay/pause_patience.ts";
import { answered, type HostFailure } from "../../../pure/relay/registry_failure.ts";
import { parseRetryAfter } from "../../../pure/relay/retry_after.ts";
import { HostError } from "./host_error.ts";
import { exchange, readStart, refusesHttp1 } from "./http_exchange.ts";
import type { OpenHost } from "./open_host.ts";
import type { SharedTools } from "./shared_tools.ts";
import type { ShownSecrets } from "./shown_secrets.ts";

/** What a host is asked. */
export interface HostQuestion {
  readonly method: "GET" | "HEAD" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
}

/** Where a request goes, and on whose behalf. */
export interface Recipient {
  /** By whose files the address is reached; what hosts.toml has for it is sent to it alone. */
  readonly host: OpenHost;
  readonly url: URL;
  /** Key of the login; undefined: nobody asks in particular. */
  readonly login: string | undefined;
}

/** Sends single requests of one pull, at the pace of their hosts, and reads why they failed. */
export class HostWire {
  readonly #tools: Pick<SharedTools, "clients" | "dials" | "pace" | "clock">;
  readonly #secrets: ShownSecrets;

  constructor(
    tools: Pick<SharedTools, "clients" | "dials" | "pace" | "clock">,
    secrets: ShownSecrets,
  ) {
    this.#tools = tools;
    this.#secrets = secrets;
  }

  /** Resolves to any answer. Throws `HostError`; when the signal aborts, its reason. */
  async send(
    { host, url, login }: Recipient,
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
    const pause = await pace.turn(url.host, { signal, unlimited: !own, login });
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
      pace.refused(url.host, this.#retryAfterOf(response), { login });
    } else pace.served(url.host, { login });
    return response;
  }

  /** How long a host is to be left alone by whoever has `login`, in ms. */
  pausedMs({ url, login }: Omit<Recipient, "host">): number {
    return this.#tools.pace.pausedMs(url.host, { login });
  }

  /** What an answer means that is no success; reads of its body what a person may want to know. */
  async failureOf(response: Response, signal: AbortSignal): Promise<HostFailure> {
    const retryAfterMs = this.#retryAfterOf(response);
    const body = await readStart(response, signal);
    const masked = (text: string) => this.#secrets.maskedSaying(text);
    return answered({ status: response.status, body, retryAfterMs, masked });
  }

  #retryAfterOf({ headers }: Response): number | undefined {
    const wallMs = this.#tools.clock.wallMs();
    return parseRetryAfter(headers.get("retry-after"), { date: headers.get("date"), wallMs });
  }
}

/** Whether an address is of the host itself, and not of one that it sends to. */
export function isOwn(host: OpenHost, url: URL): boolean {
  return url.origin === new URL(host.root).origin;
}

/** What is our own guess is not told as the host's word: the queue has a back-off of its own for that. */
function stillPaused({ leftMs, isTold }: HostPause): HostFailure {
  const seconds = Math.ceil(leftMs / 1000);
  return {
    ...answered({ status: 429, retryAfterMs: isTold ? leftMs : undefined }),
    text: `asked for a pause (429), which lasts for another ${seconds} s`,
  };
}

/** Go takes the host from the address alone. */
function isSendable([name]: readonly [string, string]): boolean {
  return name.toLowerCase() !== "host";
}

function mutable([name, value]: readonly [string, string]): [string, string] {
  return [name, value];
}
