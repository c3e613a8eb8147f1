import { abortable } from "../../../async/abortable.ts";
import { Deadline } from "../../../async/deadline.ts";
import type { Clock } from "../../../ports/clock.ts";
import { unfit } from "../../../pure/relay/registry_failure.ts";
import { HostError } from "./host_error.ts";
import { proxySettingLike } from "./proxy_settings.ts";

/** Opens a connection and closes it again. Throws where nobody accepts it. */
export type Dial = (url: URL, options: { readonly signal: AbortSignal }) => Promise<void>;

/** As long as idle connections are kept: a request within it need not open one. */
const KNOWN_FOR_MS = 30_000;

/**
 * Holds servers to the `dial_timeout` of hosts.toml. Deno's fetch has no limit for connecting alone,
 * and one on the whole answer would pass over a mirror that is there and has to fetch what it is
 * asked for. So a connection of its own is opened first, where a limit is set and no request has gone
 * through lately.
 */
export class Dials {
  readonly #clock: Clock;
  readonly #dial: Dial;
  /** Until when a server counts as there, by its origin (monotonic ms). */
  readonly #until = new Map<string, number>();

  constructor(clock: Clock, dial: Dial = dialTcp) {
    this.#clock = clock;
    this.#dial = dial;
  }

  /**
   * Resolves when the server at `url` accepts connections. Throws `HostError` when it does not within
   * `timeoutMs`; when `signal` aborts, its reason. Other faults are left to the request to tell.
   */
  async reach(
    url: URL,
    { timeoutMs, signal }: { readonly timeoutMs: number | undefined; readonly signal: AbortSignal },
  ): Promise<void> {
    // By a proxy the connection is the proxy's; NO_PROXY is left to fetch, which alone knows its rules.
    if (timeoutMs === undefined || proxySettingLike(url) !== undefined) return;
    const now = this.#clock.monotonicMs();
    if ((this.#until.get(url.origin) ?? -Infinity) > now) return;
    using deadline = new Deadline(timeoutMs, "a connection", signal);
    try {
      await abortable(this.#dial(url, { signal: deadline.signal }), deadline.signal);
    } catch {
      if (signal.aborted) throw signal.reason;
      if (!deadline.signal.aborted) return;
      const text = `accepted no connection within ${timeoutMs / 1000} s (dial_timeout)`;
      throw new HostError(unfit("network", text));
    }
    this.#forgetOld(now);
    this.#until.set(url.origin, this.#clock.monotonicMs() + KNOWN_FOR_MS);
  }

  #forgetOld(now: number): void {
    for (const [origin, until] of this.#until) if (until <= now) this.#until.delete(origin);
  }
}

async function dialTcp(
  { hostname, port, protocol }: URL,
  { signal }: { readonly signal: AbortSignal },
): Promise<void> {
  using _connection = await Deno.connect({
    hostname: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port) || (protocol === "https:" ? 443 : 80),
    signal,
  });
}
