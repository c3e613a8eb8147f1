import { nkeys } from "nats";

/** An operator with one account and one user, as `nsc` makes them. */
export interface NatsOperator {
  /** Lines of a server's configuration that make it trust the operator. */
  readonly config: string;
  /** Content of a credentials file of the user. */
  readonly creds: string;
  /** The secret part of `creds`. */
  readonly seed: string;
}

/**
 * Makes keys and signs the JWTs; the account may use JetStream without limits.
 * Source: https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_intro/jwt
 */
export function makeNatsOperator(): NatsOperator {
  const operator = nkeys.createOperator();
  const account = nkeys.createAccount();
  const system = nkeys.createAccount();
  const user = nkeys.createUser();
  const seed = new TextDecoder().decode(user.getSeed());
  const operatorJwt = sign(operator, operator, { type: "operator" });
  const accountJwt = sign(operator, account, { type: "account", limits: ACCOUNT_LIMITS });
  const systemJwt = sign(operator, system, { type: "account", limits: SYSTEM_LIMITS });
  const userJwt = sign(account, user, { type: "user", subs: -1, data: -1, payload: -1 });
  return {
    seed,
    config: [
      `operator: ${operatorJwt}`,
      `system_account: ${system.getPublicKey()}`,
      "resolver: MEMORY",
      "resolver_preload: {",
      `  ${account.getPublicKey()}: ${accountJwt}`,
      `  ${system.getPublicKey()}: ${systemJwt}`,
      "}",
    ].join("\n"),
    creds: [
      "-----BEGIN NATS USER JWT-----",
      userJwt,
      "------END NATS USER JWT------",
      "",
      "-----BEGIN USER NKEY SEED-----",
      seed,
      "------END USER NKEY SEED------",
      "",
    ].join("\n"),
  };
}

type KeyPair = ReturnType<typeof nkeys.createUser>;

const SYSTEM_LIMITS = {
  ...{ subs: -1, data: -1, payload: -1, imports: -1, exports: -1, wildcards: true },
  ...{ conn: -1, leaf: -1 },
};

const ACCOUNT_LIMITS = {
  ...SYSTEM_LIMITS,
  ...{ "mem_storage": -1, "disk_storage": -1, streams: -1, consumer: -1 },
};

function sign(issuer: KeyPair, subject: KeyPair, claims: Record<string, unknown>): string {
  const sub = subject.getPublicKey();
  const body = {
    ...{ jti: sub, iat: Math.floor(Date.now() / 1000), iss: issuer.getPublicKey(), name: "test" },
    ...{ sub, nats: { ...claims, version: 2 } },
  };
  const signed = [{ typ: "JWT", alg: "ed25519-nkey" }, body]
    .map((part) => base64Url(new TextEncoder().encode(JSON.stringify(part))))
    .join(".");
  return `${signed}.${base64Url(issuer.sign(new TextEncoder().encode(signed)))}`;
}

function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
