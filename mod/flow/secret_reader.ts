import type { Clock } from "../ports/clock.ts";
import type { Logger } from "../ports/logger.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { PullSecrets } from "../ports/pull_secrets.ts";
import { messageOf } from "../pure/message_of.ts";
import { type PullSecret, secretName } from "../pure/private_images/private_use.ts";
import { type DockerConfigEntry, readDockerConfig } from "../pure/registry_logins/docker_config.ts";
import { loginsFor, repositoryName } from "../pure/registry_logins/login_match.ts";
import type { RegistryLogin } from "../pure/registry_logins/registry_login.ts";
import { withoutUnset } from "../pure/without_unset.ts";
import { loginsText } from "../pure/sealed_logins/plain_logins.ts";
import { RareWarnings } from "./rare_warnings.ts";

/** How long what was read counts, in ms: a Secret that changes is seen within this time. */
const GOOD_FOR_MS = 60_000;
/** How soon one that could not be read is asked for again, in ms. */
const AGAIN_MS = 10_000;

/**
 * The most that logins for one image may take, in characters: no registry takes a longer header, and
 * no server of NATS has to take larger messages.
 */
const MOST_CHARS = 32 * 1024;

/** A Secret as it was read last. */
interface Known {
  readonly untilMs: number;
  readonly read:
    | { readonly version: string; readonly entries: readonly DockerConfigEntry[] }
    | Exclude<SecretLoginsFound, object>;
}

/**
 * Logins of a Secret for an image, and the version of the Secret that they are of; `none`: it gives
 * none; `unknown`: nobody answers who could tell.
 */
export type SecretLoginsFound =
  | { readonly version: string; readonly logins: readonly RegistryLogin[] }
  | "none"
  | "unknown";

/** What `SecretReader` works with. */
export interface SecretReaderDeps {
  readonly secrets: PullSecrets;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
}

/** Reads Secrets when they are needed, and each at most once a minute, however many nodes need it. */
export class SecretReader {
  readonly #deps: SecretReaderDeps;
  readonly #known = new Map<string, Known>();
  readonly #warnings: RareWarnings;

  constructor(deps: SecretReaderDeps) {
    this.#deps = deps;
    this.#warnings = new RareWarnings(deps);
  }

  /** Forgets what nobody needs any more: it is in memory only while it is needed. */
  keepOnly(needed: ReadonlySet<string>): void {
    for (const name of this.#known.keys()) if (!needed.has(name)) this.#known.delete(name);
  }

  /** Those that serve an image. */
  async logins(
    secret: PullSecret,
    image: string,
    signal: AbortSignal,
  ): Promise<SecretLoginsFound> {
    const name = secretName(secret);
    let known = this.#known.get(name);
    if (known === undefined || known.untilMs <= this.#deps.clock.monotonicMs()) {
      known = await this.#read(secret, signal);
      this.#known.set(name, known);
    }
    if (typeof known.read === "string") return known.read;
    const logins = loginsFor(known.read.entries, repositoryName(image) ?? "");
    const isTooLong = loginsText(logins).length > MOST_CHARS;
    if (logins.length > 0 && !isTooLong) return { version: known.read.version, logins };
    const why = isTooLong
      ? `it has more than ${MOST_CHARS} characters of logins that serve ${image}`
      : `it names no login that serves ${image}`;
    const [registry = ""] = image.split("/", 1);
    this.#tell(secret, why, { about: registry });
    return "none";
  }

  async #read(secret: PullSecret, signal: AbortSignal): Promise<Known> {
    const until = (ms: number) => this.#deps.clock.monotonicMs() + ms;
    const none = (why: string, right?: string): Known => {
      this.#tell(secret, why, { right });
      return { untilMs: until(AGAIN_MS), read: "none" };
    };
    try {
      const found = await this.#deps.secrets.read(secret, { signal });
      if (found.result === "none") return none(found.why, found.right);
      const config = readDockerConfig(found.config.reveal());
      if ("fault" in config) return none(config.fault);
      const { entries, faults } = config.value;
      for (const fault of faults) this.#tell(secret, fault, { about: fault });
      return { untilMs: until(GOOD_FOR_MS), read: { version: found.version, entries } };
    } catch (error) {
      if (signal.aborted) throw error;
      return { ...none(messageOf(error)), read: "unknown" };
    }
  }

  #tell(
    { namespace, name }: PullSecret,
    reason: string,
    { about = "", right }: { readonly about?: string; readonly right?: string | undefined } = {},
  ): void {
    this.#deps.metrics.count("warm_images_pull_secret_faults_total");
    this.#warnings.warn(
      "A pull secret gives no login",
      withoutUnset({ secret: `${namespace}/${name}`, reason, grant: right }),
      `secret ${namespace}/${name} ${about}`,
    );
  }
}
