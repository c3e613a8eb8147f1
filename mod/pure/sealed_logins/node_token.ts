import * as v from "valibot";

/**
 * For whom agents get their tokens, which no API server accepts: one to be given logins by, one to log
 * in at NATS by. Who sees the latter on its way could else show it with a key of his own.
 */
export const TOKEN_AUDIENCES = { logins: "warm-images", nats: "warm-images-nats" } as const;

/** What a token is for. */
export type TokenUse = keyof typeof TOKEN_AUDIENCES;

/** How far the clocks of an API server and of who reads its tokens may be apart, in seconds. */
const LEEWAY_S = 30;

/** What a token must be of. */
export interface NodeTokenTerms {
  /** Who has signed it, as the cluster calls itself. */
  readonly issuer: string;
  /** The agents' service account, as `NAMESPACE/NAME`. */
  readonly account: string;
  readonly use: TokenUse;
  /** The API server's time of day, in ms since the epoch. */
  readonly nowMs: number;
}

/** The node that a token was made on, and until when that counts, in ms since the epoch. */
export interface ProvenNode {
  readonly name: string;
  readonly uid: string;
  readonly untilMs: number;
}

/** Why a token proves nothing. */
export interface TokenFault {
  readonly fault: string;
  /** It may prove something yet as it is: a cluster's keys and clocks differ while they are changed. */
  readonly again?: true;
}

/**
 * Claims of a token that kubelet has projected into a pod. That it names the pod's node is so since
 * Kubernetes 1.30
 * (kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#schema-for-service-account-private-claims).
 */
const claimsSchema = v.object({
  iss: v.string(),
  sub: v.string(),
  aud: v.union([v.string(), v.array(v.string())]),
  exp: v.number(),
  nbf: v.optional(v.number(), 0),
  "kubernetes.io": v.object({
    node: v.object({ name: v.string(), uid: v.string() }),
  }),
});

/**
 * Which node the claims of a token prove, whose signature has been verified; or why none, in words that
 * hold nothing of a token but its claims.
 */
export function nodeOfToken(
  claims: unknown,
  { issuer, account, use, nowMs }: NodeTokenTerms,
): ProvenNode | TokenFault {
  const read = v.safeParse(claimsSchema, claims);
  if (!read.success) {
    const field = v.getDotPath(read.issues[0]) ?? "it";
    return { fault: `it does not name a node, as tokens do from Kubernetes 1.30 on: ${field}` };
  }
  const { iss, sub, aud, exp, nbf, "kubernetes.io": { node } } = read.output;
  if (iss !== issuer) {
    return { fault: `its issuer is "${iss}", and not "${issuer}"`, again: true };
  }
  if (![aud].flat().includes(TOKEN_AUDIENCES[use])) {
    return { fault: `its audience is not "${TOKEN_AUDIENCES[use]}"` };
  }
  const subject = `system:serviceaccount:${account.replace("/", ":")}`;
  if (sub !== subject) return { fault: `it is of "${sub}", and not of "${subject}"` };
  const nowS = nowMs / 1000;
  if (exp + LEEWAY_S <= nowS) return { fault: "it has expired" };
  if (nbf - LEEWAY_S > nowS) return { fault: "it is not valid yet", again: true };
  return { ...node, untilMs: exp * 1000 };
}
