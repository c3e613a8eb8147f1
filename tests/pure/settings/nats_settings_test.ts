import { assertEquals } from "@std/assert";
import { readAgentSettings } from "../../../mod/pure/settings/agent_settings.ts";
import { NATS_RULES, NATS_TABLE } from "../../../mod/pure/settings/nats_settings.ts";
import { rowsOf } from "../../../mod/pure/settings/settings_table.ts";
import type { Environment } from "../../../mod/pure/settings/settings.ts";

Deno.test("servers are given with or without scheme and port, several by comma", () => {
  const { nats } = agent(["--nats-url", "nats:4223,tls://b/,NATS://[::1],c"]);
  assertEquals(nats?.servers, [
    { hostname: "nats", port: 4223, tls: false, shown: "nats://nats:4223" },
    { hostname: "b", port: 4222, tls: true, shown: "tls://b:4222" },
    { hostname: "::1", port: 4222, tls: false, shown: "nats://[::1]:4222" },
    { hostname: "c", port: 4222, tls: false, shown: "nats://c:4222" },
  ]);
});

Deno.test("a server given twice counts once, however it is written", () => {
  const { nats } = agent(["--nats-url", "a nats://a:4222 NATS://a/ tls://a"]);
  assertEquals(nats?.servers.map(({ shown }) => shown), ["nats://a:4222", "tls://a:4222"]);
});

for (
  const url of [
    "ws://a:80",
    "http://a",
    "nats://",
    "nats://a:0",
    "nats://a:65536",
    "nats://[1:2]",
    "nats://[...]",
    "a/b",
    ":1",
  ]
) {
  Deno.test(`"${url}" is refused as a NATS server`, () => {
    assertEquals(agent(["--nats-url", url]).faults.length, 1);
  });
}

Deno.test("passwords and tokens come from the environment, everything else also from flags", () => {
  const args = ["--nats-username=me", "--nats-ca-file=ca.pem"];
  const env = { NATS_PASSWORD: "s", NATS_CERT_FILE: "c.pem", NATS_KEY_FILE: "k.pem" };
  assertEquals(agent(args, env).nats, {
    servers: [{ hostname: "127.0.0.1", port: 4222, tls: false, shown: "nats://127.0.0.1:4222" }],
    bucket: "warm-images",
    username: "me",
    password: "s",
    caFile: "ca.pem",
    certFile: "c.pem",
    keyFile: "k.pem",
  });
  assertEquals(agent([], { NATS_TOKEN: "t" }).nats?.token, "t");
});

const CONTRADICTIONS: readonly (readonly [string, Environment, string])[] = [
  [
    "a user name without a password",
    { NATS_USERNAME: "u" },
    "--nats-username (NATS_USERNAME): needs NATS_PASSWORD or --nats-password-file (NATS_PASSWORD_FILE)",
  ],
  [
    "a password without a user name",
    { NATS_PASSWORD: "p" },
    "NATS_PASSWORD: needs --nats-username (NATS_USERNAME)",
  ],
  [
    "a password file without a user name",
    { NATS_PASSWORD_FILE: "p" },
    "--nats-password-file (NATS_PASSWORD_FILE): needs --nats-username (NATS_USERNAME)",
  ],
  [
    "a password and a password file",
    { NATS_USERNAME: "u", NATS_PASSWORD: "p", NATS_PASSWORD_FILE: "f" },
    "NATS_PASSWORD: cannot be combined with --nats-password-file (NATS_PASSWORD_FILE)",
  ],
  [
    "a user and a token",
    { NATS_USERNAME: "u", NATS_PASSWORD: "p", NATS_TOKEN: "t" },
    "--nats-username (NATS_USERNAME): cannot be combined with NATS_TOKEN",
  ],
  [
    "a token and a token file",
    { NATS_TOKEN: "t", NATS_TOKEN_FILE: "f" },
    "NATS_TOKEN: cannot be combined with --nats-token-file (NATS_TOKEN_FILE)",
  ],
  [
    "a token file and credentials",
    { NATS_TOKEN_FILE: "f", NATS_CREDS_FILE: "c" },
    "--nats-token-file (NATS_TOKEN_FILE): cannot be combined with --nats-creds-file (NATS_CREDS_FILE)",
  ],
  [
    "a user and credentials",
    { NATS_USERNAME: "u", NATS_PASSWORD: "p", NATS_CREDS_FILE: "c" },
    "--nats-username (NATS_USERNAME): cannot be combined with --nats-creds-file (NATS_CREDS_FILE)",
  ],
  [
    "a certificate without its key",
    { NATS_CERT_FILE: "c" },
    "--nats-cert-file (NATS_CERT_FILE): needs --nats-key-file (NATS_KEY_FILE)",
  ],
  [
    "a key without its certificate",
    { NATS_KEY_FILE: "k" },
    "--nats-key-file (NATS_KEY_FILE): needs --nats-cert-file (NATS_CERT_FILE)",
  ],
];

for (const [what, env, fault] of CONTRADICTIONS) {
  Deno.test(`${what} is refused`, () => {
    assertEquals(agent([], env).faults, [fault]);
  });
}

Deno.test("every rule is about settings that exist", () => {
  const flags = rowsOf(NATS_TABLE).map((row) => row.flag);
  for (const rule of NATS_RULES) {
    for (const flag of [rule.flag, ...rule.others]) assertEquals(flags.includes(flag), true, flag);
  }
});

function agent(args: string[], env: Environment = {}) {
  const outcome = readAgentSettings(args, env);
  return {
    nats: outcome.type === "settings" ? outcome.settings.nats : undefined,
    faults: outcome.type === "faults" ? outcome.faults : [],
  };
}
