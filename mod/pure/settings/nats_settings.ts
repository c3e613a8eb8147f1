import { natsUrls } from "./settings_addresses.ts";
import type { SettingRule, SettingTable, SettingValues } from "./settings_table.ts";
import { text } from "./settings_values.ts";
import { withoutUnset } from "./settings_shape.ts";

/**
 * How to reach NATS, as the flags and variables of both programs give it. Contradictions (a token
 * and a user name, a certificate without its key) were refused before this exists.
 */
export interface NatsSettings {
  /** At least one, each `nats://host:port` or `tls://host:port`. */
  readonly urls: readonly string[];
  /** Name of the key-value bucket. */
  readonly bucket: string;
  readonly username?: string;
  /** The secret itself, from the environment; never shown. */
  readonly password?: string;
  /** A file that holds the password; read again at each connect. */
  readonly passwordFile?: string;
  /** The secret itself, from the environment; never shown. */
  readonly token?: string;
  /** A file that holds the token; read again at each connect. */
  readonly tokenFile?: string;
  /** A NATS credentials file (JWT and seed). */
  readonly credsFile?: string;
  /** PEM of the authorities that may have signed the server's certificate. */
  readonly caFile?: string;
  /** PEM of the client certificate; comes with `keyFile`. */
  readonly certFile?: string;
  readonly keyFile?: string;
}

/** The rows both programs have for NATS. */
export const NATS_TABLE = {
  natsUrl: {
    flag: "nats-url",
    group: "NATS",
    help: "Servers, nats://host:port or tls://host:port, several by comma",
    type: natsUrls(),
    fallback: "nats://127.0.0.1:4222",
  },
  natsBucket: {
    flag: "nats-bucket",
    group: "NATS",
    help: "JetStream key-value bucket that controller and agents share",
    // The rule of JetStream for names of buckets.
    type: text("NAME", {
      pattern: /^[\w-]{1,200}$/,
      fault: "must consist of letters, digits, - and _",
    }),
    fallback: "warm-images",
  },
  natsUsername: {
    flag: "nats-username",
    group: "NATS",
    help: "User name; comes with a password",
    type: text("NAME"),
  },
  natsPassword: {
    flag: "nats-password",
    group: "NATS",
    help: "Password of the user",
    type: text("SECRET"),
    secret: true,
  },
  natsPasswordFile: {
    flag: "nats-password-file",
    group: "NATS",
    help: "File with the password, read at each connect",
    type: text("FILE"),
  },
  natsToken: {
    flag: "nats-token",
    group: "NATS",
    help: "Token, instead of a user",
    type: text("SECRET"),
    secret: true,
  },
  natsTokenFile: {
    flag: "nats-token-file",
    group: "NATS",
    help: "File with the token, read at each connect",
    type: text("FILE"),
  },
  natsCredsFile: {
    flag: "nats-creds-file",
    group: "NATS",
    help: "Credentials file (JWT and seed), instead of a user",
    type: text("FILE"),
  },
  natsCaFile: {
    flag: "nats-ca-file",
    group: "NATS",
    help: "PEM file of the authorities that sign the servers' certificates",
    type: text("FILE"),
  },
  natsCertFile: {
    flag: "nats-cert-file",
    group: "NATS",
    help: "PEM file of the client certificate",
    type: text("FILE"),
  },
  natsKeyFile: {
    flag: "nats-key-file",
    group: "NATS",
    help: "PEM file of the client certificate's key",
    type: text("FILE"),
  },
} as const satisfies SettingTable;

/** One way to log in, and complete. */
export const NATS_RULES: readonly SettingRule<keyof typeof NATS_TABLE>[] = [
  { setting: "natsUsername", type: "needs", others: ["natsPassword", "natsPasswordFile"] },
  {
    setting: "natsUsername",
    type: "excludes",
    others: ["natsToken", "natsTokenFile", "natsCredsFile"],
  },
  { setting: "natsPassword", type: "needs", others: ["natsUsername"] },
  { setting: "natsPasswordFile", type: "needs", others: ["natsUsername"] },
  { setting: "natsPassword", type: "excludes", others: ["natsPasswordFile"] },
  { setting: "natsToken", type: "excludes", others: ["natsTokenFile", "natsCredsFile"] },
  { setting: "natsTokenFile", type: "excludes", others: ["natsCredsFile"] },
  { setting: "natsCertFile", type: "needs", others: ["natsKeyFile"] },
  { setting: "natsKeyFile", type: "needs", others: ["natsCertFile"] },
];

/** Picks what concerns NATS out of a program's values. */
export function natsSettings(values: SettingValues<typeof NATS_TABLE>): NatsSettings {
  return {
    urls: values.natsUrl,
    bucket: values.natsBucket,
    ...withoutUnset({
      username: values.natsUsername,
      password: values.natsPassword,
      passwordFile: values.natsPasswordFile,
      token: values.natsToken,
      tokenFile: values.natsTokenFile,
      credsFile: values.natsCredsFile,
      caFile: values.natsCaFile,
      certFile: values.natsCertFile,
      keyFile: values.natsKeyFile,
    }),
  };
}
