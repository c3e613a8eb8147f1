import type { ProvenNode, TokenFault, TokenUse } from "../pure/sealed_logins/node_token.ts";

/** Tells by a token of its agent which node that is. */
export interface NodeTokens {
  /**
   * Verifies a token by the cluster's own keys. A fault says why it proves nothing; it holds nothing
   * of the token. Throws where the keys cannot be had; when `signal` aborts, its reason.
   */
  verify(
    token: string,
    options: { readonly use: TokenUse; readonly signal: AbortSignal },
  ): Promise<ProvenNode | TokenFault>;
}
