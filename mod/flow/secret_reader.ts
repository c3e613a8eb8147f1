import { abortable } from "../async/abortable.ts";
import { Deadline } from "../async/deadline.ts";
import type { Clock } from "../ports/clock.ts";
import type { Logger } from "../ports/logger.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { PullSecrets } from "../ports/pull_secrets.ts";
import { inBatches } from "../pure/in_batches.ts";
import { messageOf } from "../pure/message_of.ts";
import { type PullSecret, secretName } from "../pure/private_images/private_use.ts";
import { type DockerConfigEntry, readDockerConfig } from "../pure/registry_logins/docker_config.ts";
import { loginsFor, repositoryName } from "../pure/registry_logins/login_match.ts";
import type { RegistryLogin } from "../pure/registry_logins/registry_login.ts";
import { loginsText } from "../pure/sealed_logins/plain_logins.ts";
import { withoutUnset } from "../pure/without_unset.ts";
import { RareWarnings } from "./rare_warnings.ts";

/** How long what was read counts, in ms: a Secret that changes is seen within this time. */
const GOOD_FOR_MS = 60_000;
/** How soon one that could not be read is asked for again, in ms. */
const AGAIN_MS = 10_000;
/** While the API server does not answer, what was read last counts for so long, in ms. */
const UNANSWERED_MS = 5 * 60_000;
/** So long one read may take, in ms, and so many are under way: one that hangs holds up the others. */
const READ_MS = 5_000;
const AT_ONCE = 16;
/**
 * Longest logins for an image that are given, in characters: no registry takes a longer header, and no
 * server of NATS has to take larger messages.
 */
const MAX_CHARS = 32 * 1024;
/** So many faults of one Secret are named. */
const MAX_FAULTS = 3;

/** A Secret as it was read last. */
interface Known {
  readonly untilMs: number;
  /** When the API server said so. */
  readonly saidMs: number;
  /** What was chosen of it, by canonical reference of an image: many nodes need the same. */
  readonly chosen: Map<string, SecretLoginsFound | undefined>;
  /** Undefined: it gives no logins. */
  readonly read:
    | { readonly version: string; readonly entries: readonly DockerConfigEntry[] }
    | undefined;
}

/** Logins of a Secret for an image, and the version of the Secret that they are of. */
export interface SecretLoginsFound {
  readonly version: string;
  readonly logins: readonly RegistryLogin[];
}

/** What a Secret says: what to read, or why it gives nothing. */
type Said =
  | { readonly read: NonNullable<Known["read"]> }
  | { readonly why: string; readonly right?: string | undefined };

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
  keepOnly(needed: { readonly has: (name: string) => boolean }): void {
    for (const name of this.#known.keys()) if (!needed.has(name)) this.#known.delete(name);
  }

  /**
   * Reads those whose time has come, new ones first. Resolves to whether these were all: where some
   * hang, the rest is for the next time.
   */
  async read(secrets: readonly PullSecret[], signal: AbortSignal): Promise<boolean> {
    const nowMs = this.#deps.clock.monotonicMs();
    const due = secrets
      .map((secret) => ({ secret, at: this.#known.get(secretName(secret))?.untilMs ?? 0 }))
      .filter(({ at }) => at <= nowMs)
      .toSorted((one, other) => one.at - other.at);
    for (const some of inBatches(due, AT_ONCE)) {
      if (this.#deps.clock.monotonicMs() - nowMs >= READ_MS) return false;
      await Promise.all(some.map(({ secret }) => this.#read(secret, signal)));
    }
    return true;
  }

  /** Those of a Secret that serve an image; undefined: there are none, as far as it was read. */
  logins(secret: PullSecret, image: string): SecretLoginsFound | undefined {
    const known = this.#known.get(secretName(secret));
    if (known?.read === undefined) return undefined;
    if (known.chosen.has(image)) return known.chosen.get(image);
    const { version, entries } = known.read;
    const logins = loginsFor(entries, repositoryName(image) ?? "");
    const fault = logins.length === 0
      ? `it names no login that serves ${image}`
      : loginsText(logins).length > MAX_CHARS
      ? `its logins for ${image} are longer than ${MAX_CHARS} characters`
      : undefined;
    const found = fault === undefined ? { version, logins } : undefined;
    if (fault !== undefined) this.#tell(secret, fault, { about: "choice" });
    known.chosen.set(image, found);
    return found;
  }

  async #read(secret: PullSecret, signal: AbortSignal): Promise<void> {
    const name = secretName(secret);
    const before = this.#known.get(name);
    try {
      using deadline = new Deadline(READ_MS, "the API server", signal);
      const said = await abortable(this.#ask(secret, deadline.signal), deadline.signal);
      const read = "read" in said ? said.read : undefined;
      if ("why" in said) this.#tell(secret, said.why, { right: said.right });
      const nowMs = this.#deps.clock.monotonicMs();
      const untilMs = nowMs + (read === undefined ? AGAIN_MS : GOOD_FOR_MS);
      this.#known.set(name, { untilMs, saidMs: nowMs, read, chosen: new Map() });
    } catch (error) {
      if (signal.aborted) throw error;
      this.#tell(secret, messageOf(error));
      const nowMs = this.#deps.clock.monotonicMs();
      const untilMs = nowMs + AGAIN_MS;
      const counts = before !== undefined && nowMs - before.saidMs < UNANSWERED_MS;
      this.#known.set(
        name,
        counts
          ? { ...before, untilMs }
          : { untilMs, saidMs: -Infinity, read: undefined, chosen: new Map() },
      );
    }
  }

  async #ask(secret: PullSecret, signal: AbortSignal): Promise<Said> {
    const found = await this.#deps.secrets.read(secret, { signal });
    if (found.result === "none") return found;
    const config = readDockerConfig(found.config.reveal());
    if ("fault" in config) return { why: config.fault };
    const { entries, faults } = config.value;
    if (faults.length > 0) {
      const rest = faults.length - MAX_FAULTS;
      const more = rest > 0 ? `, and ${rest} more` : "";
      const reason = `${faults.slice(0, MAX_FAULTS).join(", ")}${more}`;
      this.#tell(secret, reason, { about: "entries" });
    }
    return { read: { version: found.version, entries } };
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
