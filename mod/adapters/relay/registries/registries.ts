import type { Clock } from "../../../ports/clock.ts";
import type { NotRelayed } from "../../../ports/pull_relay.ts";
import type { ImageReference } from "../../../pure/images/image_reference.ts";
import { openAuthorities } from "./authorities.ts";
import { Dials } from "./dials.ts";
import { DistrustedHosts } from "./distrusted_hosts.ts";
import { HttpClients } from "./http_clients.ts";
import { openRepository } from "./open_repository.ts";
import { readRegistryHosts } from "./registry_hosts.ts";
import { RegistryPace } from "./registry_pace.ts";
import type { Repository } from "./repository.ts";
import { RotatedTokens } from "./rotated_tokens.ts";
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
  readonly clock: Clock;
}

/** Binds the settings; asks nobody. */
export function openRegistries(options: RegistriesOptions): Registries {
  const { hostsDir, extraCaFile, clock } = options;
  const authorities = openAuthorities(extraCaFile, clock);
  const ended = new AbortController();
  const tokens = new Tokens(clock, ended.signal);
  const clients = new HttpClients();
  const pace = new RegistryPace(options);
  const dials = new Dials(clock);
  const silent = new SilentHosts(clock);
  const distrusted = new DistrustedHosts(clock);
  const rotated = new RotatedTokens();
  const ending = ended.signal;
  const tools = { clients, dials, tokens, rotated, clock, pace, silent, distrusted, ending };
  return {
    async open(reference) {
      const sources = { hostsDir, authorities: await authorities() };
      const hosts = await readRegistryHosts(reference.registry, sources);
      return "direct" in hosts ? hosts : openRepository(reference, hosts, tools);
    },
    [Symbol.asyncDispose]() {
      ended.abort(new DOMException("Closed", "AbortError"));
      clients[Symbol.dispose]();
      return Promise.resolve();
    },
  };
}
