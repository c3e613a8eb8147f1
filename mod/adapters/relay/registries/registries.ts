import type { Clock } from "../../../ports/clock.ts";
import type { NotRelayed } from "../../../ports/pull_relay.ts";
import type { RegistryLogins } from "../../../ports/registry_logins.ts";
import type { ImageReference } from "../../../pure/images/image_reference.ts";
import { openAuthorities } from "./authorities.ts";
import { Dials } from "./dials.ts";
import { DistrustedHosts } from "./distrusted_hosts.ts";
import { HttpClients } from "./http_clients.ts";
import { openRepository } from "./open_repository.ts";
import { readRegistryHosts } from "./registry_hosts.ts";
import { RegistryPace } from "./registry_pace.ts";
import type { Repository } from "./repository.ts";
import { SilentHosts } from "./silent_hosts.ts";
import { Tokens } from "./tokens.ts";

/** The registries of this node's pulls, as its hosts.toml files say. */
export interface Registries extends AsyncDisposable {
  /** Reaches the repository of `reference`; asks nobody yet. */
  open(reference: ImageReference): Promise<Repository | NotRelayed>;
}

/** How registries are reached. */
export interface RegistriesOptions {
  /** Absolute path of the folder of hosts.toml files. */
  readonly hostsDir: string;
  /** PEM file of authorities that are trusted beside the machine's. */
  readonly extraCaFile?: string | undefined;
  /** The most requests to one host in a second; 0: no limit. */
  readonly requestsPerSecond: number;
  /** Default: nobody in particular, anywhere. */
  readonly logins?: RegistryLogins;
  readonly clock: Clock;
}

/** Binds the settings; asks nobody. */
export function openRegistries(options: RegistriesOptions): Registries {
  const { hostsDir, extraCaFile, logins, clock } = options;
  const authorities = openAuthorities(extraCaFile, clock);
  const tokens = new Tokens(clock);
  const clients = new HttpClients();
  const pace = new RegistryPace(options);
  const dials = new Dials(clock);
  const silent = new SilentHosts(clock);
  const distrusted = new DistrustedHosts(clock);
  const tools = { clients, dials, tokens, logins, clock, pace, silent, distrusted };
  return {
    async open(reference) {
      const sources = { hostsDir, authorities: await authorities() };
      const hosts = await readRegistryHosts(reference.registry, sources);
      return "direct" in hosts ? hosts : openRepository(reference, hosts, tools);
    },
    [Symbol.asyncDispose]() {
      tokens[Symbol.dispose]();
      clients[Symbol.dispose]();
      return Promise.resolve();
    },
  };
}
