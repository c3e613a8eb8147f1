import { abortable } from "../../async/abortable.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Logger } from "../../ports/logger.ts";
import type { LoginSource } from "../../ports/registry_logins.ts";
import { backoffMs } from "../../pure/backoff.ts";
import type { CredentialProvider } from "../../pure/registry_logins/credential_provider.ts";
import { loginsFor } from "../../pure/registry_logins/login_match.ts";
import { providerRequest, readAnswer } from "../../pure/registry_logins/provider_answer.ts";
import type { RegistryLogin } from "../../pure/registry_logins/registry_login.ts";
import { isSameLogin } from "../../pure/registry_logins/same_login.ts";
import { AnswerCache, type KnownAnswer, registryOf } from "./answer_cache.ts";
import { PluginError, runPlugin } from "./run_plugin.ts";

/** What a plugin needs. */
export interface PluginOptions {
  /** Where its program lies. */
  readonly folder: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends its runs. */
  readonly signal: AbortSignal;
  /** Gets what is under way, for as long as it is. */
  readonly runs: Set<Promise<unknown>>;
  /** How long a run may take, in ms. Default a minute, as with kubelet (`ExecPlugin`). */
  readonly deadlineMs?: number | undefined;
}

/** After a failure the plugin is left alone for a while, for the registry that it was asked about. */
const REST = { baseMs: 15_000, maxMs: 300_000 };

/**
 * A login that is refused is asked for anew, but not when it has only just come: what is missing is
 * a right then, and each of a hundred images would have the plugin run again.
 */
const FRESH_MS = 60_000;

interface Failure {
  readonly attempts: number;
  readonly reason: string;
  readonly untilMs: number;
}

/**
 * One of kubelet's credential provider plugins: run one at a time for each registry, its answers kept
 * as it says.
 */
export class Plugin {
  readonly #provider: CredentialProvider;
  readonly #options: PluginOptions;
  readonly #cache: AnswerCache;
  /** The last turn of each registry. */
  readonly #turns = new Map<string, Promise<unknown>>();
  readonly #failures = new Map<string, Failure>();

  constructor(provider: CredentialProvider, options: PluginOptions) {
    this.#provider = provider;
    this.#options = options;
    this.#cache = new AnswerCache(options.clock);
  }

  /** As `LoginSource.find()`, for a repository (`repositoryName()`). */
  async find(
    name: string,
    { signal, refused }: Parameters<LoginSource["find"]>[0],
  ): Promise<RegistryLogin | undefined> {
    signal.throwIfAborted();
    const known = this.#cache.find(name);
    const login = known && nextLogin(known, name, refused);
    if (known && (login || refused === undefined || this.#isFresh(known))) return login;
    const asked = await abortable(this.#ask(name, known), signal);
    return asked && nextLogin(asked, name, refused);
  }

  #isFresh({ sinceMs }: KnownAnswer): boolean {
    return this.#options.clock.monotonicMs() < sinceMs + FRESH_MS;
  }

  /** Those who ask about a registry at the same time wait for each other: mostly one run is enough. */
  #ask(name: string, stale: KnownAnswer | undefined): Promise<KnownAnswer | undefined> {
    const registry = registryOf(name);
    const before = this.#turns.get(registry) ?? Promise.resolve();
    const asked = before.then(() => this.#askNow(name, stale));
    const { runs } = this.#options;
    const turn = asked.catch(() => {}).finally(() => {
      runs.delete(turn);
      if (this.#turns.get(registry) === turn) this.#turns.delete(registry);
    });
    runs.add(turn);
    this.#turns.set(registry, turn);
    return asked;
  }

  /** `stale` stays in force for others until there is a newer answer: the plugin may fail just now. */
  async #askNow(
    name: string,
    stale: KnownAnswer | undefined,
  ): Promise<KnownAnswer | undefined> {
    const known = this.#cache.find(name);
    if (known && known !== stale) return known;
    const { clock, signal } = this.#options;
    const registry = registryOf(name);
    const failure = this.#failures.get(registry);
    if (failure && clock.monotonicMs() < failure.untilMs) return undefined;
    const asked = await this.#run(name);
    signal.throwIfAborted();
    if ("fault" in asked) {
      this.#fail(registry, asked.fault, failure);
      return undefined;
    }
    this.#failures.delete(registry);
    // It may count for other images than the one before, which would be found first.
    this.#cache.drop(name);
    this.#cache.put(name, asked.value);
    this.#options.logger.debug("Ran a credential plugin", {
      plugin: this.#provider.name,
      registry,
      logins: asked.value.answer.entries.length,
      cacheSeconds: asked.value.answer.cacheMs / 1000,
    });
    return asked.value;
  }

  async #run(name: string): Promise<{ value: KnownAnswer } | { fault: string }> {
    const { folder, clock, signal, deadlineMs = 60_000 } = this.#options;
    const { args, env } = this.#provider;
    try {
      const sinceMs = clock.monotonicMs();
      const text = await runPlugin({
        ...{ args, env, signal, deadlineMs, program: `${folder}/${this.#provider.name}` },
        input: providerRequest(this.#provider, name),
      });
      const read = readAnswer(this.#provider, text);
      return "fault" in read ? read : { value: { answer: read.value, sinceMs } };
    } catch (error) {
      if (error instanceof PluginError) return { fault: error.message };
      throw error;
    }
  }

  #fail(registry: string, reason: string, before: Failure | undefined): void {
    const { clock, logger } = this.#options;
    const attempts = (before?.attempts ?? 0) + 1;
    const restMs = backoffMs(attempts, REST, Math.random);
    this.#failures.set(registry, { attempts, reason, untilMs: clock.monotonicMs() + restMs });
    if (before?.reason === reason) return;
    logger.warn("Got no login from a credential plugin", {
      plugin: this.#provider.name,
      registry,
      reason,
      retrySeconds: Math.round(restMs / 1000),
    });
  }
}

/** The first login; after a refused one the next, or the first where that is not of this answer. */
function nextLogin(
  { answer }: KnownAnswer,
  name: string,
  refused: RegistryLogin | undefined,
): RegistryLogin | undefined {
  const logins = loginsFor(answer.entries, name);
  const at = refused ? logins.findIndex((login) => isSameLogin(login, refused)) : -1;
  return logins[at + 1];
}
