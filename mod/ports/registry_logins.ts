import type { PullSecret } from "../pure/private_images/private_use.ts";
import type { RegistryLogin } from "../pure/registry_logins/registry_login.ts";

/** A login by which images may be had, as it is now and as it will be. */
export interface LoginSource {
  /** Whose it is, for a person: `login file`, `plugin ecr-credential-provider`, `secret shop/regcred`. */
  readonly from: string;
  /**
   * The login; asked for again when a registry has `refused` it, as logins end in the middle of long
   * pulls. Undefined: there is none, or no other one. When `signal` aborts, throws its reason.
   */
  find(
    options: { readonly signal: AbortSignal; readonly refused?: RegistryLogin | undefined },
  ): Promise<RegistryLogin | undefined>;
}

/** One login by which one image may be tried. */
export interface LoginCandidate extends LoginSource {
  /** What may be kept of an image that is had by it and not without; absent: nothing. */
  readonly as?: "image" | "bytes" | undefined;
  /** It may also be used for what can be had without, as registries give more to who logs in. */
  readonly forPublic?: true | undefined;
}

/** Logins that the node itself has: of a login file, and of kubelet's credential provider plugins. */
export interface NodeLogins {
  /**
   * Those that serve an image (canonical reference), the first that fits first; runs no plugin yet.
   * Does not throw.
   */
  of(reference: string): readonly LoginSource[];
}

/** Logins of pull secrets that the controller has given to this node. */
export interface SecretLogins {
  /** Those of `secrets` that have arrived for an image. Does not throw. */
  of(reference: string, secrets: readonly PullSecret[]): readonly LoginSource[];
}
