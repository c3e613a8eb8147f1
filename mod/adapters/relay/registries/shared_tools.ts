import type { Clock } from "../../../ports/clock.ts";
import type { Dials } from "./dials.ts";
import type { DistrustedHosts } from "./distrusted_hosts.ts";
import type { HttpClients } from "./http_clients.ts";
import type { RegistryPace } from "./registry_pace.ts";
import type { RotatedTokens } from "./rotated_tokens.ts";
import type { SilentHosts } from "./silent_hosts.ts";
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
