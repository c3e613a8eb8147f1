import { assert, assertEquals } from "@std/assert";
import { recordingLogger } from "../../harness/fakes/quiet.ts";
import { challenged, startLoginRelay } from "./login_registry.ts";
import { candidate, loginSource, passwordLogin, tokenLogin } from "./login_sources.ts";
import { type SeenRequest, startScriptedHost } from "./scripted_host.ts";

const USER = "robot$canary-user";
const PASSWORD = 'cAnary-p4ss "wörd"/+& t\\ail'.repeat(3);
const IDENTITY = "cAnary-identity-".repeat(1_000);
const GIVEN = "given-t0ken-".repeat(400);

/** Some of a secret in some writing of it, six characters or more. */
function leaks(text: string): string | undefined {
  const secrets = [PASSWORD, IDENTITY, GIVEN, `${USER}:${PASSWORD}`];
  const bytes = (secret: string) => new TextEncoder().encode(secret);
  const ways = secrets.flatMap((secret) => [
    secret,
    JSON.stringify(secret),
    encodeURIComponent(secret),
    bytes(secret).toBase64(),
  ]).concat(USER);
  for (const way of ways) {
    for (let at = 0; at + 10 <= way.length; at += 1) {
      const piece = way.slice(at, at + 10);
      if (text.toLowerCase().includes(piece.toLowerCase())) return piece;
    }
  }
  return undefined;
}

/** Each way in which a registry repeats what it was sent. */
const ECHOES: Record<string, (shown: string) => Response> = {
  "in its error": (shown) =>
    Response.json({ errors: [{ code: "DENIED", message: `bad header: ${shown}` }] }, {
      status: 403,
    }),
  "as its code": (shown) => Response.json({ errors: [{ code: shown }] }, { status: 403 }),
  "escaped twice": (shown) =>
    Response.json({ message: JSON.stringify({ headers: { authorization: shown } }) }, {
      status: 403,
    }),
  "as details": (shown) => Response.json({ details: encodeURIComponent(shown) }, { status: 403 }),
  "decoded": (shown) =>
    Response.json({
      message: `no user ${decoded(shown)}`,
    }, { status: 401, headers: { "www-authenticate": 'Basic realm="x"' } }),
  "as the kind of login that it wants": (shown) => challenged(tokenOf(shown)),
  "as the place of its tokens": (shown) => challenged(`Bearer realm="ftp://${tokenOf(shown)}"`),
  "as the host of its tokens": (shown) =>
    challenged(
      `Bearer realm="http://${tokenOf(shown).replace(/[^a-z0-9]/gi, "").slice(0, 60)}.invalid/"`,
    ),
  "as the host that it sends on to": (shown) =>
    new Response(null, {
      status: 307,
      headers: {
        location: `http://${tokenOf(shown).replace(/[^a-z0-9]/gi, "").slice(0, 60)}.invalid/`,
      },
    }),
  "as the encoding of its manifest": (shown) =>
    new Response("{}", { headers: { "content-encoding": tokenOf(shown) } }),
  "in its manifest": (shown) =>
    Response.json({
      schemaVersion: 2,
      mediaType: shown,
      config: { mediaType: shown, digest: shown },
    }),
  "as the type of its manifest": (shown) =>
    new Response("{}", { headers: { "content-type": `application/${tokenOf(shown)}` } }),
};

function tokenOf(shown: string): string {
  return shown.replace(/^\w+ /, "").replaceAll("=", "");
}

function decoded(shown: string): string {
  const [, value = ""] = /^Basic (.+)$/.exec(shown) ?? [];
  return value === "" ? shown : new TextDecoder().decode(Uint8Array.fromBase64(value));
}

const LOGINS = {
  password: passwordLogin(USER, PASSWORD),
  bearer: tokenLogin("bearer", IDENTITY),
};

for (const [kind, login] of Object.entries(LOGINS)) {
  for (const [way, echo] of Object.entries(ECHOES)) {
    Deno.test(`a ${kind} that a registry repeats ${way} is told to nobody`, async () => {
      await using registry = await startScriptedHost(({ target, headers }) => {
        if (target.startsWith("/token")) return new Response(null, { status: 401 });
        const shown = headers.get("authorization");
        if (shown !== null) return echo(shown);
        const realm = `http://${headers.get("host")}/token`;
        return challenged(kind === "bearer" ? `Bearer realm="${realm}"` : "Basic");
      });
      const logger = recordingLogger();
      await using relay = await startLoginRelay({ logger });
      const reference = `${registry.address}/app:1`;
      const logins = [
        candidate(loginSource(login), { as: "bytes", forPublic: true }),
        candidate(loginSource(login)),
      ];
      await using pull = await relay.pull(reference, logins);
      const found = await pull.lookUp();
      const told = JSON.stringify([found, pull.relayed.traffic, logger.lines]);
      assertEquals(leaks(told), undefined, told);
      assert(registry.seen.some(({ headers }) => headers.has("authorization")), "it was shown");
    });
  }
}

Deno.test("what a token service is sent, and what it gives, is told to nobody", async () => {
  const say = (text: string, status: number) => Response.json({ message: text }, { status });
  const services: Record<string, (request: SeenRequest) => Promise<Response> | Response> = {
    "by GET": ({ headers }) => say(`bad: ${headers.get("authorization")}`, 401),
    "by POST": async (request) =>
      request.method === "GET"
        ? new Response(null, { status: 405 })
        : say(`bad: ${await request.text()}`, 400),
    "with a token": () => Response.json({ token: GIVEN }),
    "with an identity": () => Response.json({ token: GIVEN, "refresh_token": PASSWORD }),
  };
  for (const [way, service] of Object.entries(services)) {
    for (const login of [LOGINS.password, tokenLogin("identity", IDENTITY)]) {
      await using registry = await startScriptedHost((request) => {
        if (request.target.startsWith("/token")) return service(request);
        const shown = request.headers.get("authorization");
        if (shown !== null) return say(`not by ${shown}`, 403);
        return challenged(`Bearer realm="http://${request.headers.get("host")}/token"`);
      });
      await using relay = await startLoginRelay();
      const found = await relay.lookUp(`${registry.address}/app:1`, [
        candidate(loginSource(login)),
      ]);
      const told = JSON.stringify(found);
      assertEquals(found.result, "failed", way);
      assertEquals(leaks(told), undefined, `${way}: ${told}`);
    }
  }
});

Deno.test("what one candidate has shown is not told when another is refused", async () => {
  let first = "";
  await using registry = await startScriptedHost(({ headers }) => {
    const shown = headers.get("authorization");
    if (shown === null) return challenged("Basic");
    first ||= shown;
    return Response.json({ message: `once there was ${first}` }, { status: 403 });
  });
  await using relay = await startLoginRelay();
  const found = await relay.lookUp(`${registry.address}/app:1`, [
    candidate(loginSource(LOGINS.password)),
    candidate(loginSource(passwordLogin("other", "else"))),
  ]);
  assertEquals(leaks(JSON.stringify(found)), undefined);
});

Deno.test("a header of hosts.toml that a mirror repeats is told to nobody", async () => {
  await using mirror = await startScriptedHost(({ headers }) =>
    Response.json({ message: `bad: ${headers.get("authorization")} ${headers.get("x-api-key")}` }, {
      status: 403,
    })
  );
  await using registry = await startScriptedHost(() => new Response(null, { status: 403 }));
  await using relay = await startLoginRelay();
  const value = new TextEncoder().encode(`${USER}:${PASSWORD}`).toBase64();
  await relay.describe(
    registry.address,
    `server = "${registry.url}"\n[host."${mirror.url}"]\n[host."${mirror.url}".header]\n` +
      `Authorization = "Basic ${value}"\nX-Api-Key = "${GIVEN}"\n`,
  );
  const found = await relay.lookUp(`${registry.address}/app:1`);
  assert(found.result === "failed" && mirror.seen.length > 0);
  assertEquals(leaks(JSON.stringify(found)), undefined);
});
