import type { RegistryLogin } from "../../../pure/registry_logins/registry_login.ts";

/** What a host is shown: a login, or what hosts.toml has as its `Authorization`. */
export type Shown = RegistryLogin | { readonly type: "header"; readonly authorization: string };

/** Who we are at a host that asks. */
export interface Identity {
  /** Whether nothing has to be shown: tokens are asked for by nobody in particular then. */
  readonly isNobody: boolean;
  /** What is shown now; undefined: nothing, or nothing any more. */
  find(signal: AbortSignal): Promise<Shown | undefined>;
  /** Takes in that it was not accepted: there may be another one by now. */
  refuse(shown: Shown): void;
}

/** Nobody in particular. */
export const NOBODY: Identity = {
  isNobody: true,
  find: () => Promise.resolve(undefined),
  refuse() {},
};

/** Who hosts.toml says that we are. */
export function headerIdentity(authorization: string): Identity {
  return {
    isNobody: false,
    find: () => Promise.resolve({ type: "header", authorization }),
    refuse() {},
  };
}
