import {
  type Authenticator,
  credsAuthenticator,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from "nats";
import type { NatsSettings } from "../../pure/settings/nats_settings.ts";

/** What one connect proves itself with. */
export interface Credentials {
  /** Absent: there are none. */
  readonly authenticator?: Authenticator;
  /** What a person should do when the server refuses them; names no secret. */
  readonly check: string;
}

/** PEM texts for one TLS handshake. */
export interface TlsMaterial {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/**
 * Collects the credentials for one connect. Files are read each time, so that a corrected or
 * rotated secret is used without a restart.
 */
export async function readCredentials(settings: NatsSettings): Promise<Credentials> {
  const { credsFile, tokenFile, token, username, passwordFile, password } = settings;
  if (credsFile !== undefined) return await fromCredsFile(credsFile);
  if (tokenFile !== undefined) {
    return {
      authenticator: tokenAuthenticator(await readSecret(tokenFile, "--nats-token-file")),
      check:
        `check the token in "${tokenFile}" (--nats-token-file), and that a controller runs where it answers for logins of nodes`,
    };
  }
  if (token !== undefined) {
    return { authenticator: tokenAuthenticator(token), check: "check NATS_TOKEN" };
  }
  if (username !== undefined) {
    const given = passwordFile === undefined
      ? password
      : await readSecret(passwordFile, "--nats-password-file");
    const source = passwordFile === undefined
      ? "NATS_PASSWORD"
      : `the password in "${passwordFile}" (--nats-password-file)`;
    return {
      authenticator: usernamePasswordAuthenticator(username, given),
      check: `check user name "${username}" (--nats-username) and ${source}`,
    };
  }
  return {
    check: "none were given: set NATS_USERNAME and NATS_PASSWORD, NATS_TOKEN or --nats-creds-file",
  };
}

/** Reads the TLS files anew, so that rotated certificates are used from the next connect on. */
export async function readTlsMaterial(settings: NatsSettings): Promise<TlsMaterial> {
  const { caFile, extraCaFile, certFile, keyFile } = settings;
  const authorities = [
    ...(caFile === undefined ? [] : [await readPem(caFile, "--nats-ca-file")]),
    ...(extraCaFile === undefined ? [] : [await readPem(extraCaFile, "--extra-ca-certificates")]),
  ];
  return {
    ...(authorities.length > 0 && { ca: authorities.join("\n") }),
    ...(certFile !== undefined && { cert: await readPem(certFile, "--nats-cert-file") }),
    ...(keyFile !== undefined && { key: await readPem(keyFile, "--nats-key-file") }),
  };
}

async function fromCredsFile(path: string): Promise<Credentials> {
  const flag = "--nats-creds-file";
  const inner = credsAuthenticator(new TextEncoder().encode(await readNamedFile(path, flag)));
  const authenticator: Authenticator = (nonce) => {
    try {
      return inner(nonce);
    } catch {
      // The library's error could quote the seed.
      throw new Error(`Cannot use "${path}" of ${flag}: it holds no JWT with its seed`);
    }
  };
  return { authenticator, check: `check the credentials in "${path}" (${flag})` };
}

async function readSecret(path: string, flag: string): Promise<string> {
  return (await readNamedFile(path, flag)).replace(/\r?\n$/, "");
}

/** Some TLS stacks ignore a file without a certificate and then distrust every server. */
async function readPem(path: string, flag: string): Promise<string> {
  const text = await readNamedFile(path, flag);
  if (!text.includes("-----BEGIN ")) {
    throw new Error(`Cannot use "${path}" of ${flag}: it holds no PEM block`);
  }
  return text;
}

/** Reads a file that a flag names. Throws an error that says which flag, which file and why. */
async function readNamedFile(path: string, flag: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (cause) {
    throw new Error(`Cannot read "${path}" of ${flag}: ${whyUnreadable(cause)}`, { cause });
  }
}

function whyUnreadable(cause: unknown): string {
  if (cause instanceof Deno.errors.NotFound) return "no such file";
  if (cause instanceof Deno.errors.PermissionDenied) return "permission denied";
  if (cause instanceof Deno.errors.NotCapable) {
    return "this program may not read there; mod/README.md lists the folders it may read";
  }
  return cause instanceof Error ? cause.name : "unknown";
}
