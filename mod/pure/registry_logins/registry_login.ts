import type { SecretText } from "./secret_text.ts";

/**
 * A login at a registry, by what config.json of Docker can say of one
 * (github.com/moby/moby/blob/master/api/types/registry/authconfig.go).
 */
export type RegistryLogin =
  /** For `Basic`, and for token services; also ECR's `AWS`, `oauth2accesstoken`, `_json_key`. */
  | { readonly type: "password"; readonly username: string; readonly password: SecretText }
  /** `identitytoken`: a token service gives tokens for it, by POST (`refresh_token`). */
  | { readonly type: "identity"; readonly token: SecretText }
  /** `registrytoken`: sent as `Bearer` as it is. */
  | { readonly type: "bearer"; readonly token: SecretText };
