import { compactVerify, createLocalJWKSet, errors, type JSONWebKeySet } from "jose";
import type { Clock } from "../../ports/clock.ts";
import type { NodeTokens } from "../../ports/node_tokens.ts";
import type { ServerClock } from "../../ports/server_clock.ts";
import { fieldsOf, itemsOf, textOf } from "../../pure/objects/raw_value.ts";
import { nodeOfToken, type TokenFault } from "../../pure/sealed_logins/node_token.ts";
import type { KubernetesClient } from "./client.ts";

/** What API servers sign with; `none` and keys that are shared are not among them. */
const ALGORITHMS = ["RS256", "ES256", "ES384", "ES512"];
/** How long keys count without being asked for again: one that is taken away must end. */
const GOOD_FOR_MS = 10 * 60_000;
/** How often keys are asked for at most because a token is of others, or they could not be had. */
const AGAIN_MS = 10_000;
/** Keys of a cluster are a few, of some 400 bytes each. */
const MAX_BYTES = 1024 * 1024;
/** How long an answer may take, in ms: who asks has nodes that wait. */
const TIMEOUT_MS = 5_000;

interface Keys {
  readonly issuer: string;
  readonly set: ReturnType<typeof createLocalJWKSet>;
  /** When they were asked for, by a clock that nobody sets. */
  readonly atMs: number;
}

/**
 * Verifies tokens by the keys that the API server shows to every service account
 * (`system:service-account-issuer-discovery`,
 * kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#service-account-issuer-discovery).
 * `account` is the agents', as NAMESPACE/NAME; undefined: nothing is proven by any token.
 */
export function kubernetesNodeTokens(
  client: Pick<KubernetesClient, "request">,
  { account, clock, serverClock }: {
    readonly account: string | undefined;
    readonly clock: Clock;
    readonly serverClock: ServerClock;
  },
): NodeTokens {
  let known: Keys | undefined;
  let failed: { readonly atMs: number; readonly error: unknown } | undefined;
  const keys = async (maxAgeMs: number, signal: AbortSignal): Promise<Keys> => {
    const nowMs = clock.monotonicMs();
    if (known !== undefined && nowMs - known.atMs < maxAgeMs) return known;
    // Who shows tokens that nobody signed would else have the API server asked for each.
    if (failed !== undefined && nowMs - failed.atMs < AGAIN_MS) throw failed.error;
    try {
      known = { ...await readKeys(client, signal), atMs: nowMs };
      failed = undefined;
      return known;
    } catch (error) {
      failed = { atMs: clock.monotonicMs(), error };
      throw error;
    }
  };
  return {
    async verify(token, { use, signal }) {
      if (account === undefined) {
        return { fault: "the agents' account is not known here (--agent-account)" };
      }
      const judge = async (maxAgeMs: number) => {
        const { issuer, set } = await keys(maxAgeMs, signal);
        const read = await claimsOf(token, set);
        if ("fault" in read) return read;
        return nodeOfToken(read.claims, { issuer, account, use, nowMs: serverClock.wallMs() });
      };
      const first = await judge(GOOD_FOR_MS);
      if (!("fault" in first && first.again)) return first;
      try {
        return await judge(AGAIN_MS); // the cluster's keys or name may be others by now
      } catch (error) {
        if (signal.aborted) throw error;
        return first; // other tokens are proven by the keys that are known
      }
    },
  };
}

async function readKeys(
  client: Pick<KubernetesClient, "request">,
  signal: AbortSignal,
): Promise<Omit<Keys, "atMs">> {
  const options = { signal, maxBytes: MAX_BYTES, timeoutMs: TIMEOUT_MS };
  const [configuration, keys] = await Promise.all([
    client.request("/.well-known/openid-configuration", options),
    client.request("/openid/v1/jwks", { ...options, accept: "application/jwk-set+json" }),
  ]);
  const issuer = textOf(fieldsOf(configuration)["issuer"]);
  if (issuer === undefined) throw new Error("The API server does not say who signs its tokens");
  const set: JSONWebKeySet = { keys: itemsOf(fieldsOf(keys)["keys"]).map(fieldsOf) as never };
  return { issuer, set: createLocalJWKSet(set) };
}

/** What a token claims, if its signature is one of these keys'. */
async function claimsOf(
  token: string,
  set: Keys["set"],
): Promise<{ readonly claims: unknown } | TokenFault> {
  try {
    // Its times are judged by the API server's clock, not by this machine's.
    const { payload } = await compactVerify(token, set, { algorithms: ALGORITHMS });
    return { claims: JSON.parse(new TextDecoder().decode(payload)) };
  } catch (error) {
    return error instanceof errors.JWKSNoMatchingKey
      ? { fault: "none of the cluster's keys has signed it", again: true }
      : { fault: reasonOf(error) };
  }
}

/** In words of our own, as those of a library, or of an engine, may hold what they were given. */
function reasonOf(error: unknown): string {
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return "its signature is not the cluster's";
  }
  if (error instanceof errors.JOSEAlgNotAllowed) return "it is signed in a way that is not allowed";
  if (error instanceof errors.JOSEError) return `it is no token: ${error.code}`;
  return `it cannot be verified: ${error instanceof Error ? error.name : "unknown"}`;
}
