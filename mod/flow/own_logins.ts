import type { LoginCandidate, NodeLogins, SecretLogins } from "../ports/registry_logins.ts";
import { loginCandidates } from "../pure/private_images/candidates.ts";
import type { PrivateUse, PullSecret } from "../pure/private_images/private_use.ts";

/** Where the logins of this node come from. */
export interface LoginsDeps {
  readonly node: NodeLogins;
  readonly secrets: SecretLogins;
}

/** By what one pull is tried. */
export interface LoginsForPull {
  /** In the order in which they are tried. */
  readonly logins: readonly LoginCandidate[];
  /** Secrets that pods here name, of which no login has come yet. */
  readonly awaited: readonly PullSecret[];
}

/** The logins by which images may be had on this node. */
export class OwnLogins {
  readonly #deps: LoginsDeps | undefined;

  /** Undefined: there are none at all. */
  constructor(deps: LoginsDeps | undefined) {
    this.#deps = deps;
  }

  /** Those for an image (canonical reference) whose `uses` are those of this node. */
  of(reference: string, uses: readonly PrivateUse[] = []): LoginsForPull {
    const { candidates, awaited } = loginCandidates(uses, {
      node: this.#deps?.node.of(reference) ?? [],
      ofSecret: (secret) => this.#deps?.secrets.of(reference, [secret]) ?? [],
    });
    const logins = candidates.map(({ login, as, forPublic }): LoginCandidate => ({
      from: login.from,
      find: (options) => login.find(options),
      as,
      forPublic,
    }));
    return { logins, awaited };
  }
}
