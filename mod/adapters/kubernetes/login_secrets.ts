import type { LoginStore } from "../../ports/login_store.ts";
import { loginNames } from "../../pure/logins/login_names.ts";
import type { FoundLogins, LoginPlan } from "../../pure/logins/login_plan.ts";
import { UnusableSettingsError } from "../../pure/settings/settings.ts";
import { hasStatus } from "./api_error.ts";
import type { KubernetesClient } from "./client.ts";
import { type ReadSecret, readSecret, readWorkload, writeSecret } from "./secret_record.ts";

/** Where logins are kept. */
export interface LoginSecretsOptions {
  /** The chart's own name for the release, from which the names are made. */
  readonly fullname: string;
  /** Namespace of NATS and the controller. */
  readonly namespace: string;
  /** Namespace of the agents; may be the same. */
  readonly agentNamespace: string;
  /** What NATS is, as the API names it: `deployments` or `statefulsets`. */
  readonly workload: string;
}

/** The annotation with the revision of logins, of the Secret and of NATS' pods. */
const REVISION = "warm-images/logins";

interface Call {
  readonly signal: AbortSignal;
}

/** Keeps logins in Secrets: one beside NATS, and one in the agents' namespace. */
export function loginSecrets(client: KubernetesClient, options: LoginSecretsOptions): LoginStore {
  return new LoginSecrets(client, options);
}

class LoginSecrets implements LoginStore {
  readonly #client: KubernetesClient;
  readonly #options: LoginSecretsOptions;
  readonly #names;
  /** Versions of the Secrets when they were read: a write is for these alone. */
  #seen: { readonly master?: ReadSecret | undefined; readonly copy?: ReadSecret | undefined } = {};

  constructor(client: KubernetesClient, options: LoginSecretsOptions) {
    this.#client = client;
    this.#options = options;
    this.#names = loginNames(options.fullname);
  }

  async find(call: Call): Promise<FoundLogins> {
    const { namespace, agentNamespace } = this.#options;
    const { master, copy, earlier } = this.#names;
    const [kept, agents, left, nats] = await Promise.all([
      this.#secret(namespace, master, call),
      this.#secret(agentNamespace, copy, call),
      this.#secret(namespace, earlier, call),
      this.#nats(call),
    ]);
    this.#seen = { master: kept, copy: agents };
    return {
      master: kept && { texts: kept.texts, revision: kept.annotations[REVISION] ?? "" },
      copy: agents?.texts,
      earlier: left?.texts,
      nats: nats && { revision: nats.annotations[REVISION] ?? "" },
    };
  }

  async carryOut({ master, copy, restart }: LoginPlan, call: Call): Promise<void> {
    const { namespace, agentNamespace } = this.#options;
    if (master !== undefined) {
      const { texts, revision } = master;
      const annotations = { [REVISION]: revision || null };
      const at = { namespace, name: this.#names.master };
      await this.#write(at, this.#seen.master, { texts, annotations }, call);
    }
    if (copy !== undefined) {
      const at = { namespace: agentNamespace, name: this.#names.copy };
      await this.#write(at, this.#seen.copy, { texts: copy, annotations: {} }, call);
    }
    if (restart !== undefined) {
      const annotations = { [REVISION]: restart || null };
      const body = { spec: { template: { metadata: { annotations } } } };
      await this.#client.request(this.#natsPath(), { method: "PATCH", body, ...call });
    }
  }

  async remove(call: Call): Promise<boolean> {
    const nats = await this.#nats(call);
    if (nats !== undefined && !nats.ends) return false;
    const { namespace, agentNamespace } = this.#options;
    const { master, copy } = this.#names;
    const paths = [
      secretPath(namespace, master),
      ...new Set([namespace, agentNamespace].map((each) => secretPath(each, copy))),
    ];
    for (const path of paths) {
      await absent(this.#client.request(path, { method: "DELETE", ...call }));
    }
    return true;
  }

  async #secret(namespace: string, name: string, call: Call): Promise<ReadSecret | undefined> {
    const found = await absent(this.#client.request(secretPath(namespace, name), call));
    return found === undefined ? undefined : readSecret(found);
  }

  async #nats(call: Call) {
    const found = await absent(this.#client.request(this.#natsPath(), call));
    return found === undefined ? undefined : readWorkload(found);
  }

  async #write(
    at: { readonly namespace: string; readonly name: string },
    seen: ReadSecret | undefined,
    content: Parameters<typeof writeSecret>[1],
    call: Call,
  ): Promise<void> {
    const body = writeSecret({ ...at, version: seen?.version }, content);
    if (seen !== undefined) {
      const path = secretPath(at.namespace, at.name);
      await this.#client.request(path, { method: "PATCH", body, ...call });
      return;
    }
    try {
      await this.#client.request(secretPath(at.namespace), { method: "POST", body, ...call });
    } catch (error) {
      if (!hasStatus(error, 404)) throw error;
      const fault = `Namespace "${at.namespace}" does not exist: create it first`;
      throw new UnusableSettingsError([fault], { cause: error });
    }
  }

  #natsPath(): string {
    const { namespace, workload } = this.#options;
    return `/apis/apps/v1/namespaces/${namespace}/${workload}/${this.#names.nats}`;
  }
}

function secretPath(namespace: string, name?: string): string {
  return `/api/v1/namespaces/${namespace}/secrets${name === undefined ? "" : `/${name}`}`;
}

/** What the call resolves to; undefined when there is no such object. */
async function absent(calling: Promise<unknown>): Promise<unknown> {
  try {
    return await calling;
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw error;
  }
}
