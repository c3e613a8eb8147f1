import * as v from "valibot";

/** What a NATS server tells of a client that wants in, as far as it is judged. */
export interface LoginRequest {
  /** The server's own name for the client: the answer counts for that one alone. */
  readonly client: string;
  /** The server that asks. */
  readonly server: string;
  /** The server's time of day when it asked, in seconds since the epoch. */
  readonly atS: number;
  /** What the client has shown; undefined: no token, or one that no node has. */
  readonly token: string | undefined;
}

/** Tokens of service accounts have some 1200 characters; a line with one must fit into 4096. */
const TOKEN = /^[\w-]{1,2000}\.[\w-]{1,4000}\.[\w-]{1,2000}$/;

/**
 * The claims of a request (`AuthorizationRequest` of ADR-26,
 * https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-26.md).
 */
const claimsSchema = v.object({
  iat: v.number(),
  iss: v.pipe(v.string(), v.startsWith("N")),
  nats: v.object({
    ["user_nkey"]: v.pipe(v.string(), v.startsWith("U")),
    ["server_id"]: v.object({ id: v.string() }),
    ["connect_opts"]: v.object({ ["auth_token"]: v.optional(v.string(), "") }),
  }),
});

/** Reads the claims of a request, whose signature has been verified; undefined: it is none. */
export function readLoginRequest(claims: unknown): LoginRequest | undefined {
  const read = v.safeParse(claimsSchema, claims);
  if (!read.success) return undefined;
  const { iat, iss, nats } = read.output;
  const { id } = nats.server_id;
  if (id !== iss) return undefined;
  const token = nats.connect_opts.auth_token;
  return {
    client: nats.user_nkey,
    server: id,
    atS: iat,
    token: TOKEN.test(token) ? token : undefined,
  };
}

/** A token that just ends opens a login for as long: clocks differ, and a new one is in its place soon. */
const LEAST_S = 10;

/**
 * When the login that a token opens ends, by the clock of the server that asked, in seconds since the
 * epoch. A token's own end is by the API server's clock, `nowMs`.
 */
export function loginEndS(
  { atS }: Pick<LoginRequest, "atS">,
  { untilMs, nowMs }: { readonly untilMs: number; readonly nowMs: number },
): number {
  return atS + Math.max(LEAST_S, Math.floor((untilMs - nowMs) / 1000));
}
