import type { Reading, SettingRule, SettingTable, SettingValues } from "./settings_table.ts";
import { byteSize, list, splitHostPort, text, wholeNumber } from "./settings_values.ts";

/**
 * How to reach NATS, as the flags and variables of both programs give it. Contradictions (a token
 * and a user name, a certificate without its key) were refused before this exists.
 */
export type NatsSettings = SettingValues<typeof NATS_TABLE> & {
  /** `--extra-ca-certificates`, which is not about NATS alone. */
  readonly extraCaFile?: string | undefined;
};

/** One server of `--nats-url`. */
export interface ServerAddress {
  /** Without the brackets of an IPv6 address. */
  readonly hostname: string;
  readonly port: number;
  /** Written `tls://`: an unencrypted connection is refused. */
  readonly tls: boolean;
  /** As logs and reasons show it: `nats://host:port` or `tls://host:port`. */
  readonly shown: string;
}

const DEFAULT_PORT = 4222;

/** The rows that both programs have for NATS. */
export const NATS_TABLE = {
  servers: {
    flag: "nats-url",
    group: "NATS",
    help: "Servers, nats://host:port or tls://host:port, several by comma",
    type: list("URL", readServerAddress, { atLeastOne: true }),
    fallback: "nats://127.0.0.1:4222",
  },
  bucket: {
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
  username: {
    flag: "nats-username",
    group: "NATS",
    help: "User name; comes with a password",
    type: text("NAME"),
  },
  password: {
    flag: "nats-password",
    group: "NATS",
    help: "Password of the user",
    type: text("SECRET"),
    secret: true,
  },
  passwordFile: {
    flag: "nats-password-file",
    group: "NATS",
    help: "File with the password, read at each connect",
    type: text("FILE"),
  },
  token: {
    flag: "nats-token",
    group: "NATS",
    help: "Token, instead of a user",
    type: text("SECRET"),
    secret: true,
  },
  tokenFile: {
    flag: "nats-token-file",
    group: "NATS",
    help: "File with the token, read at each connect",
    type: text("FILE"),
  },
  credsFile: {
    flag: "nats-creds-file",
    group: "NATS",
    help: "Credentials file (JWT and seed), instead of a user",
    type: text("FILE"),
  },
  caFile: {
    flag: "nats-ca-file",
    group: "NATS",
    help: "PEM file of the authorities that sign the servers' certificates",
    type: text("FILE"),
  },
  certFile: {
    flag: "nats-cert-file",
    group: "NATS",
    help: "PEM file of the client certificate",
    type: text("FILE"),
  },
  keyFile: {
    flag: "nats-key-file",
    group: "NATS",
    help: "PEM file of the client certificate's key",
    type: text("FILE"),
  },
} as const satisfies SettingTable;

/** The rows that the controller alone has: how it makes the bucket, and keeps it. */
export const BUCKET_TABLE = {
  replicas: {
    flag: "nats-replicas",
    group: "NATS",
    help: "Servers that each hold the bucket, at best 3; when not given, 1 for a new bucket, and " +
      "an existing one keeps what it has",
    type: wholeNumber(1, 5),
  },
  maxBytes: {
    flag: "nats-max-bytes",
    group: "NATS",
    help: "The most that the bucket may hold, such as 256MB, 0 for no limit of its own; when not " +
      "given, an existing bucket keeps what it has",
    type: byteSize(),
  },
  placement: {
    cluster: {
      flag: "nats-placement-cluster",
      group: "NATS",
      help: "Cluster of NATS servers that holds the bucket",
      type: text("NAME"),
    },
    tags: {
      flag: "nats-placement-tags",
      group: "NATS",
      help: "Tags of the NATS servers that hold the bucket, such as disk:ssd",
      type: list("TAGS", (value) => ({ value })),
      fallback: "",
    },
  },
} as const satisfies SettingTable;

/** How the controller makes and keeps the bucket. */
export type BucketSettings = SettingValues<typeof BUCKET_TABLE>;

/** Leaves all of it to defaults and to what is there. */
export const NO_BUCKET_SETTINGS: BucketSettings = { placement: { tags: [] } };

type NatsFlag = (typeof NATS_TABLE)[keyof typeof NATS_TABLE]["flag"];

/** One way to log in, and complete. */
export const NATS_RULES: readonly SettingRule<NatsFlag>[] = [
  { flag: "nats-username", type: "needs", others: ["nats-password", "nats-password-file"] },
  {
    flag: "nats-username",
    type: "excludes",
    others: ["nats-token", "nats-token-file", "nats-creds-file"],
  },
  { flag: "nats-password", type: "needs", others: ["nats-username"] },
  { flag: "nats-password-file", type: "needs", others: ["nats-username"] },
  { flag: "nats-password", type: "excludes", others: ["nats-password-file"] },
  { flag: "nats-token", type: "excludes", others: ["nats-token-file", "nats-creds-file"] },
  { flag: "nats-token-file", type: "excludes", others: ["nats-creds-file"] },
  { flag: "nats-cert-file", type: "needs", others: ["nats-key-file"] },
  { flag: "nats-key-file", type: "needs", others: ["nats-cert-file"] },
];

/** Reads `nats://host:port`, `tls://host:port` or `host:port`; the port may be left out. */
export function readServerAddress(text: string): Reading<ServerAddress> {
  const [, scheme = "nats", rest = ""] = /^(?:([a-z]+):\/\/)?(.*)$/is.exec(text) ?? [];
  if (rest.includes("@")) {
    const fault = "must not hold a user name or password: use NATS_USERNAME and NATS_PASSWORD";
    return { fault, hide: true };
  }
  if (!/^(nats|tls)$/i.test(scheme)) return { fault: "must begin with nats:// or tls://" };
  const { hostname, port = DEFAULT_PORT } = splitHostPort(rest.replace(/\/$/, "")) ?? {};
  if (!hostname) return { fault: "must be nats://host:port" };
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  const shown = `${scheme.toLowerCase()}://${host}:${port}`;
  return { value: { hostname, port, tls: /^tls$/i.test(scheme), shown } };
}
