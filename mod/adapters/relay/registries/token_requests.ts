import { unfit } from "../../../pure/relay/registry_failure.ts";
import { HostError } from "./host_error.ts";
import type { HostWire } from "./host_wire.ts";
import type { OpenHost } from "./open_host.ts";
import { followed } from "./redirects.ts";
import type { TokenServiceRequest } from "./token_service.ts";

/**
 * Asks the token service of `host`, which may send on: to other addresses without the login. Throws
 * `HostError`, also where the answer is no success; when the signal aborts, its reason.
 */
export async function requestToken(
  wire: HostWire,
  { url, authorization, form }: TokenServiceRequest,
  { host, login, signal }: {
    readonly host: OpenHost;
    /** Key of the login; undefined: nobody asks in particular. */
    readonly login: string | undefined;
    readonly signal: AbortSignal;
  },
): Promise<Response> {
  const type = form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" };
  const question = {
    method: form === undefined ? "GET" : "POST",
    headers: { accept: "application/json", ...type },
    body: form,
    signal,
  } as const;
  const { response } = await followed(url, async (at) => {
    const mayTell = at.origin === url.origin;
    if (form !== undefined && !mayTell) {
      throw new HostError(unfit("denied", "may not be shown the login"));
    }
    const shown = mayTell ? authorization : undefined;
    return await wire.send({ host, url: at, login }, question, shown);
  });
  if (response.ok) return response;
  throw new HostError(await wire.failureOf(response, signal));
}
