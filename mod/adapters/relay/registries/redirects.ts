import { unfit } from "../../../pure/relay/registry_failure.ts";
import { HostError } from "./host_error.ts";
import { drop } from "./http_exchange.ts";

/** An answer, and the address that it came from in the end. */
export interface HostAnswer {
  readonly response: Response;
  readonly url: URL;
}

/** As Go's http.Client. */
const MAX_REDIRECTS = 10;

/**
 * Asks at `url`, and wherever that sends on to, by `ask`: to plain http too, as Go does. Resolves to
 * any answer but a redirect. Throws `HostError`, and what `ask` does.
 */
export async function followed(
  url: URL,
  ask: (at: URL) => Promise<Response>,
): Promise<HostAnswer> {
  let at = url;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    try {
      const response = await ask(at);
      if (!isRedirect(response)) return { response, url: at };
      await drop(response);
      at = nextAddress(response, at);
    } catch (error) {
      throw at.host === url.host ? error : sentOn(at, error);
    }
  }
  throw new HostError(unfit("server_error", `redirects more than ${MAX_REDIRECTS} times`));
}

/** Whether an answer sends on to another address. */
export function isRedirect({ status }: Response): boolean {
  return REDIRECTS.has(status);
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
