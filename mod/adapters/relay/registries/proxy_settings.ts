import { isListedWithPort } from "../../../pure/relay/no_proxy.ts";
import { isLoopback } from "../../../pure/relay/registry_host.ts";

/** A setting of the environment that names a proxy; Deno's fetch and Go read it in small letters too. */
export type ProxySetting = "HTTPS_PROXY" | "HTTP_PROXY";

/** The setting that names a proxy for all that is reached like `url`, if there is one. */
export function proxySettingLike({ protocol }: URL): ProxySetting | undefined {
  const setting = protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  return settingOf(setting) === undefined ? undefined : setting;
}

/** The setting that names a proxy for `url`, if any; NO_PROXY may exempt it all the same. */
export function proxySettingFor(url: URL): ProxySetting | undefined {
  return isWithoutProxy(url) ? undefined : proxySettingLike(url);
}

/**
 * Whether requests to `url` would be led to a proxy although none is meant for it, over TLS: the way
 * past it that plain http has is not there.
 */
export function isLedAstray(url: URL): boolean {
  return url.protocol === "https:" && isWithoutProxy(url) && proxySettingLike(url) !== undefined;
}

/** Whether Go would ask no proxy for `url`, and Deno would. */
export function isWithoutProxy(url: URL): boolean {
  return isLoopback(url.host) || isListedWithPort(settingOf("NO_PROXY") ?? "", url);
}

function settingOf(name: ProxySetting | "NO_PROXY"): string | undefined {
  return Deno.env.get(name) || Deno.env.get(name.toLowerCase()) || undefined;
}
