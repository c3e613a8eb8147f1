import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { kubernetesNodeTokens } from "../../../mod/adapters/kubernetes/token_keys.ts";
import { systemClock } from "../../../mod/adapters/clock.ts";

/** What a token says beside that it is good: as the tests have it, unless they say otherwise. */
export interface TokenClaims {
  readonly audience?: string;
  readonly account?: string;
  /** From now on, in seconds. */
  readonly lifetimeS?: number;
}

/** A cluster as far as it signs tokens of agents, and what verifies them by its keys. */
export interface TokenCluster {
  readonly tokens: ReturnType<typeof kubernetesNodeTokens>;
  /** A token as kubelet projects it into the agent's pod on that node. */
  tokenOf(node: string, claims?: TokenClaims): Promise<string>;
}

const ISSUER = "https://kubernetes.default.svc";

/** Makes a key pair such as API servers have. */
export async function makeTokenCluster(): Promise<TokenCluster> {
  const { publicKey, privateKey } = await generateKeyPair("RS256");
  const jwks = { keys: [{ ...await exportJWK(publicKey), kid: "1", alg: "RS256", use: "sig" }] };
  const client = {
    request: (path: string) =>
      Promise.resolve<unknown>(path.endsWith("/jwks") ? jwks : { issuer: ISSUER }),
  };
  const tokens = kubernetesNodeTokens(client, {
    account: "warm-images/warm-images-agent",
    clock: systemClock,
    serverClock: systemClock,
  });
  return {
    tokens,
    tokenOf: (node, claims = {}) => {
      const { audience = "warm-images-nats", lifetimeS = 3600 } = claims;
      const account = claims.account ?? "warm-images:warm-images-agent";
      const nowS = Math.floor(Date.now() / 1000);
      return new SignJWT({ "kubernetes.io": { node: { name: node, uid: `uid of ${node}` } } })
        .setProtectedHeader({ alg: "RS256", kid: "1" })
        .setIssuer(ISSUER)
        .setAudience(audience)
        .setSubject(`system:serviceaccount:${account}`)
        .setIssuedAt(nowS)
        .setExpirationTime(nowS + lifetimeS)
        .sign(privateKey);
    },
  };
}
