import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { makeCertificates } from "../../harness/servers/certificates.ts";
import { challenged, type LoginRelay, servedImage, startLoginRelay } from "./login_registry.ts";
import { candidate, loginSource, passwordLogin, tokenLogin } from "./login_sources.ts";
import { type ScriptedHost, sendBytes, startScriptedHost } from "./scripted_host.ts";

const LOGIN = passwordLogin("ci", "s3cret-password");
const LOGINS = [candidate(loginSource(LOGIN))];
const BASIC = `Basic ${btoa("ci:s3cret-password")}`;

/** All that a host was shown, in headers and bodies. */
function shownTo({ seen }: ScriptedHost): string[] {
  return seen.flatMap(({ headers }) => headers.get("authorization") ?? []);
}

async function mirrored(
  relay: LoginRelay,
  registry: ScriptedHost,
  mirror: ScriptedHost,
  header = "",
): Promise<void> {
  await relay.describe(
    registry.address,
    `server = "${registry.url}"\n[host."${mirror.url}"]\n` +
      (header && `[host."${mirror.url}".header]\nAuthorization = "${header}"\n`),
  );
}

Deno.test("mirrors are not shown the login, whatever they ask for", async () => {
  const image = await servedImage();
  for (const challenge of ['Basic realm="x"', 'Bearer realm="REALM/token"']) {
    await using tokens = await startScriptedHost(() => Response.json({ token: "anonymous" }));
    await using mirror = await startScriptedHost(() =>
      challenged(challenge.replace("REALM", tokens.url))
    );
    await using registry = await startScriptedHost((request) =>
      request.headers.get("authorization") === BASIC ? image.answer(request) : challenged("Basic")
    );
    await using relay = await startLoginRelay();
    await mirrored(relay, registry, mirror);
    await using pull = await relay.pull(`${registry.address}/app:1`, LOGINS);
    assertEquals((await pull.lookUp()).result, "found");
    assertEquals((await pull.fetch(`blobs/${image.layerDigest}`)).bytes, image.layer);
    assert(mirror.seen.length > 0);
    assertEquals(shownTo(mirror).filter((each) => each !== "Bearer anonymous"), []);
    assertEquals(shownTo(tokens), []);
  }
});

Deno.test("a mirror is shown what hosts.toml has for it, and not the login", async () => {
  const image = await servedImage();
  await using mirror = await startScriptedHost((request) =>
    request.headers.get("authorization") === "Basic bWlycm9y" ? image.answer(request) : undefined
  );
  await using registry = await startScriptedHost(() => challenged("Basic"));
  await using relay = await startLoginRelay();
  await mirrored(relay, registry, mirror, "Basic bWlycm9y");
  // whoever has no login gets it by the node's hosts.toml: it is open
  const found = await relay.lookUp(`${registry.address}/app:1`, LOGINS);
  assertEquals([found.result, "as" in found], ["found", false]);
  assertEquals(new Set(shownTo(mirror)), new Set(["Basic bWlycm9y"]));
  assertEquals(registry.seen.length, 0);
});

Deno.test("a server that hosts.toml names in place of the registry is not shown the login", async () => {
  await using other = await startScriptedHost(() => challenged("Basic"));
  await using relay = await startLoginRelay();
  await relay.describe("registry.example", `server = "${other.url}"\n[host."${other.url}"]\n`);
  const failed = await relay.lookUp("registry.example/app:1", LOGINS);
  assert(failed.result === "failed");
  assertEquals(failed.failure, "denied");
  assert(other.seen.length > 0);
  assertEquals(shownTo(other), []);
});

Deno.test("whoever the registry sends on to is not shown the login, nor another port of its host", async () => {
  const image = await servedImage();
  for (const path of ["manifests", "blobs"]) {
    await using elsewhere = await startScriptedHost((request) =>
      request.headers.has("x-never")
        ? undefined
        : path === "blobs"
        ? sendBytes(image.layer, request)
        : image.answer({ ...request, target: "/v2/app/manifests/1" })
    );
    await using registry = await startScriptedHost((request) => {
      if (request.headers.get("authorization") !== BASIC) return challenged("Basic");
      const isSent = request.target.includes(`/${path}/`) &&
        (path === "manifests" || request.target.includes(image.layerDigest));
      if (!isSent) return image.answer(request);
      return new Response(null, { status: 307, headers: { location: `${elsewhere.url}/x` } });
    });
    await using relay = await startLoginRelay();
    await using pull = await relay.pull(`${registry.address}/app:1`, LOGINS);
    assertEquals((await pull.lookUp()).result, "found");
    assertEquals((await pull.fetch(`blobs/${image.layerDigest}`)).bytes, image.layer);
    assert(elsewhere.seen.length > 0);
    assertEquals(shownTo(elsewhere), []);
  }
});

Deno.test("a registry over TLS that wants the login sent over plain http does not get it", async () => {
  const folder = await Deno.makeTempDir({ prefix: "warm-images-tls-" });
  await using stack = new AsyncDisposableStack();
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const certificates = await makeCertificates(folder);
  for (const login of [LOGIN, tokenLogin("identity", "s3cret-identity")]) {
    await using plain = await startScriptedHost(() => Response.json({ token: "t" }));
    await using registry = await startScriptedHost(
      () => challenged(`Bearer realm="${plain.url}/token"`),
      { tls: certificates },
    );
    await using relay = await startLoginRelay();
    await relay.describe(
      registry.address,
      `server = "${registry.url}"\nca = "${certificates.caFile}"\n`,
    );
    const failed = await relay.lookUp(`${registry.address}/app:1`, [candidate(loginSource(login))]);
    assert(failed.result === "failed", JSON.stringify(failed));
    assertStringIncludes(failed.detail, "over plain http");
    // nobody in particular has asked
    assertEquals(plain.seen.map(({ method }) => method), ["GET"]);
    assertEquals(shownTo(plain), []);
  }
});

Deno.test("a token service that sends a POST on to another host is not followed", async () => {
  for (const status of [301, 302, 303, 307, 308]) {
    await using elsewhere = await startScriptedHost(() => Response.json({ token: "t" }));
    await using registry = await startScriptedHost(({ target, headers, method }) => {
      if (!target.startsWith("/token")) {
        return challenged(`Bearer realm="http://${headers.get("host")}/token"`);
      }
      if (method === "GET") return new Response(null, { status: 401 });
      return new Response(null, { status, headers: { location: `${elsewhere.url}/token` } });
    });
    await using relay = await startLoginRelay();
    const login = candidate(loginSource(tokenLogin("identity", "s3cret-identity")));
    const failed = await relay.lookUp(`${registry.address}/app:1`, [login]);
    assert(failed.result === "failed");
    assertEquals(failed.failure, "denied", `${status}`);
    assertEquals(elsewhere.seen.length, 0, `${status}`);
  }
});

Deno.test("a token is for one repository, and each login has its own", async () => {
  const image = await servedImage();
  let given = 0;
  const scopes: string[] = [];
  await using registry = await startScriptedHost((request) => {
    const { target, headers } = request;
    const shown = headers.get("authorization");
    if (target.startsWith("/token")) {
      scopes.push(new URL(target, "http://x").searchParams.get("scope") ?? "");
      return Response.json({
        token: shown === null ? "nobody" : `${atob(shown.slice(6))}-${given++}`,
      });
    }
    const repository = target.split("/")[2];
    if (shown?.startsWith(`Bearer ${repository}:`)) return image.answer(request);
    return challenged(`Bearer realm="http://${headers.get("host")}/token"`);
  });
  await using relay = await startLoginRelay();
  const by = (user: string) => [candidate(loginSource(passwordLogin(user, "p")))];
  const result = async (repository: string, user: string) =>
    (await relay.lookUp(`${registry.address}/${repository}:1`, by(user))).result;
  assertEquals(await result("one", "one"), "found");
  assertEquals(await result("two", "two"), "found");
  assertEquals(await result("one", "two"), "failed");
  assertEquals((await relay.lookUp(`${registry.address}/one:1`)).result, "failed");
  assertEquals(new Set(scopes), new Set(["repository:one:pull", "repository:two:pull"]));
});
