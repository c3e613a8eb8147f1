import {
  type Authenticator,
  credsAuthenticator,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from "nats";
import type { NatsSettings } from "../../pure/settings/nats_settings.ts";
import { readNamedFile } from "./secret_files.ts";

/** What one connect proves itself with. */
export interface Credentials {
  /** Absent: there are none. */
  readonly authenticator?: Authenticator;
  /** What a person should do when the server refuses them; names no secret. */
  readonly check: string;
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
      authenticator: tokenAuthenticator(await secret(tokenFile, "--nats-token-file")),
      check: `check the token in "${tokenFile}" (--nats-token-file)`,
    };
  }
  if (token !== undefined) {
    return { authenticator: tokenAuthenticator(token), check: "check NATS_TOKEN" };
  }
  if (username !== undefined) {
    const given = passwordFile === undefined
      ? password
      : await secret(passwordFile, "--nats-password-file");
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

async function secret(path: string, flag: string): Promise<string> {
  return (await readNamedFile(path, flag)).replace(/\r?\n$/, "");
}
