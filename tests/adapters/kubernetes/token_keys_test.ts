// Tokens that nobody should believe, and keys of a cluster that change or cannot be had.
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from "jose";
import { kubernetesNodeTokens } from "../../../mod/adapters/kubernetes/token_keys.ts";
import { never } from "../../harness/signals.ts";

const ISSUER = "https://kubernetes.default.svc";
const START_MS = Date.parse("2026-01-01T00:00:00Z");
const SECOND = 1000;
const signal = never();

Deno.test("a token that its cluster has signed proves its node", async () => {
  const cluster = await startCluster();
  assertEquals(await cluster.told(await cluster.token()), "n1");
  const audiences = ["https://elsewhere", "warm-images"];
  assertEquals(await cluster.told(await cluster.token({ aud: audiences })), "n1");
});

Deno.test("what only looks signed proves nothing", async () => {
  const cluster = await startCluster("RS256");
  const { publicKey, privateKey } = cluster.pair;
  const claims = claimsOf();
  const pem = new TextEncoder().encode(await exportSPKI(publicKey));
  const shared = (secret: Uint8Array) =>
    new SignJWT(claims).setProtectedHeader({ alg: "HS256", kid: "1" }).sign(secret);
  const [head = "", body = "", signature = ""] = (await cluster.token()).split(".");
  const own = await generateKeyPair("RS256", { extractable: true });
  const withOwnKey = (header: object) =>
    new SignJWT(claims).setProtectedHeader({ alg: "RS256", ...header }).sign(own.privateKey);
  const forged = {
    "with the public key as a password": await shared(pem),
    "with the key's text as a password": await shared(
      new TextEncoder().encode(JSON.stringify(await exportJWK(publicKey))),
    ),
    "without a signature": `${encoded({ alg: "none", kid: "1" })}.${body}.`,
    "with another way of signing": await new SignJWT(claims)
      .setProtectedHeader({ alg: "PS256", kid: "1" })
      .sign(await sameKey(privateKey, "PS256")),
    "by another key under this one's name": await withOwnKey({ kid: "1" }),
    "by a key that it brings along": await withOwnKey({
      kid: "1",
      jwk: await exportJWK(own.publicKey),
    }),
    "by a key without a name": await withOwnKey({}),
    "with claims that were changed": `${head}.${encoded({ ...claims, sub: "x" })}.${signature}`,
    "with four parts": `${head}.${body}.${signature}.${signature}`,
    "of nothing but dots": "..",
    "with a header that must be understood": await withOwnKey({ kid: "1" }).then((token) =>
      `${encoded({ alg: "RS256", kid: "1", crit: ["x"], x: 1 })}.${token.split(".")[1]}.AAAA`
    ),
  };
  for (const [how, token] of Object.entries(forged)) {
    const told = await cluster.told(token);
    assertMatch(told, /no token|not allowed|signature is not the cluster's/, `${how}: ${told}`);
    const parts = token.split(".").filter((part) => part.length > 3);
    assertEquals(parts.filter((part) => told.includes(part)), [], how);
  }
});

const NOT_OURS: Readonly<Record<string, [claims: Record<string, unknown>, why: RegExp]>> = {
  "of a cluster that is called otherwise": [{ iss: "https://elsewhere" }, /issuer/],
  "of several issuers": [{ iss: [ISSUER] }, /name a node.*iss/],
  "for nobody": [{ aud: [] }, /audience/],
  "for whoever is called alike": [{ aud: "warm-images-nats" }, /audience/],
  "of a neighbour's account": [
    { sub: "system:serviceaccount:warm-images:default" },
    /is of "system:serviceaccount:warm-images:default"/,
  ],
  "of an account called alike": [{ sub: "system:serviceaccount:warm-images:agent:x" }, /is of/],
  "of no pod": [{ "kubernetes.io": { namespace: "warm-images" } }, /name a node/],
  "without claims of Kubernetes": [{ "kubernetes.io": undefined }, /name a node/],
  "with claims that only look so": [{ "kubernetes.io": "node" }, /name a node/],
  "with flat claims": [{ "kubernetes.io.node.name": "n1", "kubernetes.io": {} }, /name a node/],
  "with a node without a uid": [{ "kubernetes.io": { node: { name: "n1" } } }, /name a node/],
  "that never ends": [{ exp: undefined }, /name a node.*exp/],
  "whose end is a text": [{ exp: "4000000000" }, /name a node.*exp/],
  "that ended an hour ago": [{ exp: START_MS / 1000 - 3600 }, /expired/],
  "that begins in an hour": [{ nbf: START_MS / 1000 + 3600 }, /not valid yet/],
};
for (const [what, [claims, why]] of Object.entries(NOT_OURS)) {
  Deno.test(`a token ${what} proves nothing, though its signature is right`, async () => {
    const cluster = await startCluster();
    assertMatch(await cluster.told(await cluster.token(claims)), why);
  });
}

Deno.test("keys of kinds that nobody knows, and damaged ones, do not hide the others", async () => {
  const cluster = await startCluster();
  const strange = [{}, 7, null, { kty: "XYZ", kid: "2" }, {
    kty: "EC",
    crv: "P-256",
    kid: "3",
    x: "!",
  }];
  cluster.jwks = [...strange, ...cluster.jwks];
  assertEquals(await cluster.told(await cluster.token()), "n1");
  assertMatch(await cluster.told(await cluster.token({}, { kid: "3" })), /cannot be verified/);
});

Deno.test("a key that is new counts at once, and one that is taken away ten minutes later", async () => {
  const cluster = await startCluster();
  const before = await cluster.token();
  assertEquals(await cluster.told(before), "n1");
  cluster.pass(60 * SECOND);
  const next = await generateKeyPair("ES256", { extractable: true });
  cluster.jwks = [{ ...await exportJWK(next.publicKey), kid: "2" }];
  assertEquals(await cluster.told(await cluster.token({}, { kid: "2", by: next })), "n1");
  assertMatch(await cluster.told(before), /none of the cluster's keys/);
});

Deno.test("a cluster that has got another name is known by it at once", async () => {
  const cluster = await startCluster();
  await cluster.told(await cluster.token());
  cluster.pass(60 * SECOND);
  cluster.issuer = "https://renamed";
  assertEquals(await cluster.told(await cluster.token({ iss: "https://renamed" })), "n1");
});

Deno.test("however many tokens are of unknown keys, keys are asked for every ten seconds", async () => {
  const cluster = await startCluster();
  const stranger = await cluster.token({}, { kid: "stranger" });
  for (let i = 0; i < 300; i++) {
    assertMatch(await cluster.told(stranger), /none of the cluster's keys/);
    cluster.pass(SECOND / 10);
  }
  assertEquals(cluster.asked <= 4, true, `asked ${cluster.asked} times`);
  const verified = await cluster.tokens.verify(stranger, { use: "logins", signal });
  assertEquals("fault" in verified && verified.again, true, "it is to be looked at again");
});

Deno.test("while keys cannot be had, those that are known count, and are seldom asked for", async () => {
  const cluster = await startCluster();
  const good = await cluster.token();
  const stranger = await cluster.token({}, { kid: "stranger" });
  assertEquals(await cluster.told(good), "n1");
  cluster.pass(60 * SECOND);
  cluster.fails = true;
  cluster.asked = 0;
  for (let i = 0; i < 300; i++) {
    assertMatch(await cluster.told(stranger), /none of the cluster's keys/);
    assertEquals(await cluster.told(good), "n1");
    cluster.pass(SECOND / 10);
  }
  assertEquals(cluster.asked <= 4, true, `asked ${cluster.asked} times`);
});

Deno.test("keys that could not be had for ten minutes count no longer, until they are back", async () => {
  const cluster = await startCluster();
  const good = await cluster.token();
  assertEquals(await cluster.told(good), "n1");
  cluster.fails = true;
  cluster.pass(601 * SECOND);
  cluster.asked = 0;
  for (let i = 0; i < 50; i++) {
    await assertRejects(() => cluster.told(good), Error, "500");
    cluster.pass(SECOND / 10);
  }
  assertEquals(cluster.asked, 1);
  cluster.fails = false;
  cluster.pass(10 * SECOND);
  assertEquals(await cluster.told(good), "n1");
});

/** What the API server of a test does. */
interface ApiServer {
  issuer: string;
  jwks: readonly unknown[];
  fails: boolean;
  /** How often keys were asked for. */
  asked: number;
}

/** A cluster whose API server does what a test says; to make keys of RSA takes a second. */
async function startCluster(alg: "ES256" | "RS256" = "ES256") {
  let nowMs = 0;
  const pair = await generateKeyPair(alg, { extractable: true });
  const jwks = [{ ...await exportJWK(pair.publicKey), kid: "1", alg }];
  const server: ApiServer = { issuer: ISSUER, jwks, fails: false, asked: 0 };
  const request = (path: string) => {
    const isKeys = path.endsWith("/jwks");
    if (isKeys) server.asked++;
    return server.fails
      ? Promise.reject(new Error("500 from the API server"))
      : Promise.resolve(isKeys ? { keys: server.jwks } : { issuer: server.issuer });
  };
  const tokens = kubernetesNodeTokens({ request }, {
    account: "warm-images/agent",
    clock: { wallMs: () => 0, monotonicMs: () => nowMs },
    serverClock: { wallMs: () => START_MS + nowMs },
  });
  return Object.assign(server, {
    pair,
    tokens,
    pass: (ms: number) => nowMs += ms,
    token: (
      claims: Record<string, unknown> = {},
      { kid = "1", by = pair }: { kid?: string; by?: Pick<typeof pair, "privateKey"> } = {},
    ) =>
      new SignJWT(claimsOf(claims)).setProtectedHeader({ alg, kid })
        .sign(by.privateKey),
    /** The node that a token proves, or why none. */
    async told(token: string): Promise<string> {
      const proven = await tokens.verify(token, { use: "logins", signal });
      return "fault" in proven ? proven.fault : proven.name;
    },
  });
}

function claimsOf(others: Record<string, unknown> = {}) {
  return {
    iss: ISSUER,
    sub: "system:serviceaccount:warm-images:agent",
    aud: ["warm-images"],
    exp: START_MS / 1000 + 3600,
    "kubernetes.io": { node: { name: "n1", uid: "u1" } },
    ...others,
  };
}

function encoded(value: unknown): string {
  return new TextEncoder().encode(JSON.stringify(value))
    .toBase64({ alphabet: "base64url", omitPadding: true });
}

/** A key of RSA, for another way of signing. */
async function sameKey(key: Parameters<typeof exportJWK>[0], alg: "PS256"): Promise<CryptoKey> {
  const jwk = { ...await exportJWK(key), alg };
  const way = { name: "RSA-PSS", hash: "SHA-256" };
  return await crypto.subtle.importKey("jwk", jwk as JsonWebKey, way, false, ["sign"]);
}
