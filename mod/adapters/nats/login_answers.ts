import { nkeys } from "nats";
import { decode, encodeAuthorizationResponse, encodeUser } from "nats-jwt";
import { type LoginRequest, readLoginRequest } from "../../pure/node_users/login_request.ts";
import type { UserPermissions } from "../../pure/node_users/node_permissions.ts";
import type { NodeUserSeeds } from "../../pure/node_users/node_user_keys.ts";

/** The account of NATS in which users are that no account is named for. */
const ACCOUNT = "$G";

/** What a login is answered with. */
export type LoginAnswer =
  | { readonly error: string }
  | { readonly node: string; readonly permissions: UserPermissions; readonly endS: number };

/** Reads what NATS servers ask by auth callout, and writes what they are answered (ADR-26). */
export class LoginAnswers {
  readonly #issuer: ReturnType<typeof nkeys.fromSeed>;
  readonly #curve: ReturnType<typeof nkeys.fromCurveSeed>;

  /** Throws an error without the seeds in it where they are none. */
  constructor({ issuer, curve }: NodeUserSeeds) {
    const bytes = (text: string) => new TextEncoder().encode(text);
    try {
      this.#issuer = nkeys.fromSeed(bytes(issuer));
      this.#curve = nkeys.fromCurveSeed(bytes(curve));
    } catch {
      throw new Error("its seeds are damaged");
    }
  }

  /** Opens a request of the server with that public key; undefined: it is none. */
  open(data: Uint8Array, serverKey: string): LoginRequest | undefined {
    try {
      const opened = this.#curve.open(data, serverKey);
      return opened === null
        ? undefined
        : readLoginRequest(decode(new TextDecoder().decode(opened)));
    } catch {
      return undefined; // the library's error could quote the token
    }
  }

  /** The answer, which only that server can open. */
  async seal(
    { client, server }: LoginRequest,
    serverKey: string,
    answer: LoginAnswer,
  ): Promise<Uint8Array> {
    const data = "error" in answer ? { error: answer.error } : {
      jwt: await this.#userOf(client, answer),
    };
    const text = await encodeAuthorizationResponse(client, server, this.#issuer, data, {});
    return this.#curve.seal(new TextEncoder().encode(text), serverKey);
  }

  async #userOf(
    client: string,
    { node, permissions, endS }: Exclude<LoginAnswer, { error: string }>,
  ): Promise<string> {
    const { publish, subscribe } = permissions;
    const allowed = {
      pub: { allow: [...publish], deny: [] },
      sub: { allow: [...subscribe], deny: [] },
      ["allowed_connection_types"]: ["STANDARD" as const],
    };
    return await encodeUser(node, client, this.#issuer, allowed, { aud: ACCOUNT, exp: endS });
  }
}
