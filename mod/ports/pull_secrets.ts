import type { PullSecret } from "../pure/private_images/private_use.ts";
import type { SecretText } from "../pure/registry_logins/secret_text.ts";

/** A pull secret as it was read, or why it gives no login, in words that hold nothing of it. */
export type ReadPullSecret =
  | {
    readonly result: "found";
    /** Names what was read: it changes with the Secret. */
    readonly version: string;
    /** As `readDockerConfig()` takes it. */
    readonly config: SecretText;
  }
  /** `right`: the Role that is missing, as commands of kubectl. */
  | { readonly result: "none"; readonly why: string; readonly right?: string };

/** Reads Secrets by name. */
export interface PullSecrets {
  /** Throws what is worth another try soon; when `signal` aborts, its reason. */
  read(secret: PullSecret, options: { readonly signal: AbortSignal }): Promise<ReadPullSecret>;
}
