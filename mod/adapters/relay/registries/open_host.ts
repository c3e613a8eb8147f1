import type { RegistryHost } from "../../../pure/relay/registry_host.ts";
import type { ClientTrust } from "./http_clients.ts";

/** A host with what its files hold. */
export interface OpenHost extends RegistryHost {
  /** Whether it is the registry itself, in the last place, and not a mirror. */
  readonly origin: boolean;
  readonly trust: ClientTrust;
}
