import type { LoginSource } from "../../../mod/ports/registry_logins.ts";
import type { AgentLogins } from "../../../mod/flow/agent_options.ts";
import { LoginChanges } from "./login_changes.ts";
import { SecretText } from "../../../mod/pure/registry_logins/secret_text.ts";

/** Logins of a node, which a test gives and takes. */
export interface ScriptedLogins extends AgentLogins {
  /** Those of the node itself, such as `login file`. */
  readonly own: string[];
  /** Takes in that the login of a Secret, such as `shop/regcred`, has come for an image. */
  arrive(secret: string, reference: string): void;
  /** Takes in that it is gone again. */
  leave(secret: string, reference: string): void;
}

/** None at first. */
export function scriptedLogins(...own: string[]): ScriptedLogins {
  const arrived = new Set<string>();
  const changes = new LoginChanges();
  return {
    own,
    node: { of: () => own.map(sourceOf) },
    secrets: {
      of: (reference, secrets) =>
        secrets.map(({ namespace, name }) => `${namespace}/${name}`)
          .filter((secret) => arrived.has(`${secret} ${reference}`))
          .map((secret) => sourceOf(`secret ${secret}`)),
    },
    follow: (options) => changes.follow(options),
    arrive(secret, reference) {
      arrived.add(`${secret} ${reference}`);
      changes.tell(reference);
    },
    leave(secret, reference) {
      arrived.delete(`${secret} ${reference}`);
      changes.tell(reference);
    },
  };
}

function sourceOf(from: string): LoginSource {
  const login = { type: "password", username: "u", password: new SecretText(from) } as const;
  return { from, find: () => Promise.resolve(login) };
}
