import { loginSecrets } from "../adapters/kubernetes/login_secrets.ts";
import { freshNodeUsers } from "../adapters/nats/fresh_node_users.ts";
import { makeLogins, removeLogins } from "../flow/keep_logins.ts";
import { connectKubernetes } from "../origin.ts";
import { runLogged } from "../program.ts";
import { freshPassword, PASSWORD_BYTES } from "../pure/logins/fresh_password.ts";
import type { FreshLogins } from "../pure/logins/login_plan.ts";
import type { ControllerSettings } from "../pure/settings/controller_settings.ts";

/** Makes or removes the logins of the chart's own NATS; resolves to the exit code. */
export async function keepLogins(settings: ControllerSettings): Promise<number> {
  const { command, logins: { agentNamespace, ...names } } = settings;
  return await runLogged(settings, async ({ logger, signal }) => {
    using client = await connectKubernetes(settings, { logger });
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
  });
}

function makeUp(): FreshLogins {
  const password = () => freshPassword(crypto.getRandomValues(new Uint8Array(PASSWORD_BYTES)));
  return {
    passwords: { controller: password(), agent: password() },
    nodeUsers: freshNodeUsers(),
    revision: crypto.randomUUID().slice(0, 8),
  };
}
