import type { KubernetesClient } from "./adapters/kubernetes/client.ts";
import { loginSecrets } from "./adapters/kubernetes/login_secrets.ts";
import { openLog } from "./adapters/log.ts";
import { listenForShutdown } from "./adapters/shutdown.ts";
import { makeLogins, removeLogins } from "./flow/keep_logins.ts";
import type { Logger } from "./ports/logger.ts";
import { freshPassword, PASSWORD_BYTES } from "./pure/logins/fresh_password.ts";
import type { FreshLogins } from "./pure/logins/login_plan.ts";
import { messageOf } from "./pure/message_of.ts";
import type { ControllerSettings } from "./pure/settings/controller_settings.ts";

/** How to reach the API server. */
export type Connect = (options: { readonly logger: Logger }) => Promise<KubernetesClient>;

/** Makes or removes the logins of the chart's own NATS; resolves to the exit code. */
export async function keepLogins(
  settings: ControllerSettings,
  connect: Connect,
): Promise<number> {
  const { command, log, logins: { agentNamespace, ...names } } = settings;
  const logger = openLog({ ...log, isTerminal: Deno.stderr.isTerminal() });
  using shutdown = listenForShutdown({ logger });
  const { signal } = shutdown;
  try {
    using client = await connect({ logger });
    const namespace = client.namespace ?? "default";
    const store = loginSecrets(client, {
      ...names,
      namespace,
      agentNamespace: agentNamespace ?? namespace,
    });
    await (command === "remove-logins"
      ? removeLogins(store, { logger, signal })
      : makeLogins(store, { logger, signal, makeUp }));
    return 0;
  } catch (error) {
    logger.error("Ended by an error", { error: messageOf(error) });
    return 1;
  }
}

function makeUp(): FreshLogins {
  const password = () => freshPassword(crypto.getRandomValues(new Uint8Array(PASSWORD_BYTES)));
  return {
    passwords: { controller: password(), agent: password() },
    revision: crypto.randomUUID().slice(0, 8),
  };
}
