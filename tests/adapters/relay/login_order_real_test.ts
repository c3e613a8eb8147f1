import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import type { LoginCandidate } from "../../../mod/ports/registry_logins.ts";
import { basicAuthorization } from "../../../mod/pure/relay/login_texts.ts";
import { fakeClock } from "../../harness/fakes/fake_clock.ts";
import { recordingLogger } from "../../harness/fakes/quiet.ts";
import { candidate, changingSource, loginSource, passwordLogin } from "./login_sources.ts";
import {
  askedBy,
  challenged,
  type ServedImage,
  servedImage,
  startBasicRegistry,
  startLoginRelay,
} from "./login_registry.ts";
import { startScriptedHost } from "./scripted_host.ts";

function basic(user: string, password: string): string {
  const login = passwordLogin(user, password);
  return login.type === "password" ? basicAuthorization(login) : "";
}

const RIGHT = basic("ci", "right");
const WRONG = basic("ci", "wrong");
const NAMES = { right: RIGHT, wrong: WRONG };
const right = loginSource(passwordLogin("ci", "right"), "secret shop/right");
const wrong = loginSource(passwordLogin("ci", "wrong"), "secret shop/wrong");
const none = loginSource(undefined, "secret shop/none");

Deno.test("what is to be had without a login is, and no candidate is asked", async () => {
  const image = await servedImage();
  await using registry = await startBasicRegistry(image, () => true);
  await using relay = await startLoginRelay();
  const source = changingSource(passwordLogin("ci", "right"));
  const found = await relay.lookUp(`${registry.address}/app:1`, [candidate(source)]);
  assert(found.result === "found");
  assertEquals(found.as, undefined);
  assertEquals(source.asked, []);
  assertEquals(askedBy(registry, NAMES), ["GET manifests/1 by nobody"]);
});

Deno.test("candidates are tried in their order, and the whole pull goes by the one that worked", async () => {
  const image = await servedImage();
  await using registry = await startBasicRegistry(image, (shown) => shown === RIGHT);
  await using relay = await startLoginRelay();
  await using pull = await relay.pull(`${registry.address}/team/app:1`, [
    candidate(none, { as: "image" }),
    candidate(wrong, { as: "image" }),
    candidate(right, { as: "bytes" }),
    candidate(wrong, { as: "bytes" }),
  ]);
  const found = await pull.lookUp();
  assert(found.result === "found");
  assertEquals([found.as, found.content.digest], ["bytes", image.digest]);
  assertEquals((await pull.fetch(`blobs/${image.layerDigest}`)).bytes, image.layer);
  assertEquals(askedBy(registry, NAMES), [
    "GET manifests/1 by nobody",
    "GET manifests/1 by nobody",
    "GET manifests/1 by wrong",
    "GET manifests/1 by nobody",
    "GET manifests/1 by right",
    "GET blobs/… by right",
  ]);
});

Deno.test("a login by which the image may be kept openly says nothing of bytes", async () => {
  const image = await servedImage();
  await using registry = await startBasicRegistry(image, (shown) => shown === RIGHT);
  await using relay = await startLoginRelay();
  const reference = `${registry.address}/app:1`;
  const logins = [candidate(right, { as: "image" })];
  const found = await relay.lookUp(reference, logins);
  assertEquals([found.result, "as" in found && found.as], ["found", false]);
  const known = image.digest;
  assertEquals(await relay.lookUp(reference, logins, known), { result: "same" });
  assertEquals(await relay.lookUp(reference, [candidate(right)], known), {
    result: "same",
    as: "bytes",
  });
});

Deno.test("where all are refused, each is told, and a wrong login counts for more than no login", async () => {
  await using registry = await startScriptedHost(({ headers }) =>
    headers.get("authorization") === WRONG ? new Response(null, { status: 403 }) : undefined
  );
  await using relay = await startLoginRelay();
  const reference = `${registry.address}/app:1`;
  const without = await relay.lookUp(reference);
  assert(without.result === "failed");
  assertEquals(without.failure, "not_found");
  const hidden = await startScriptedHost(({ headers, target }) => {
    const shown = headers.get("authorization");
    if (shown === WRONG) return new Response(null, { status: 403 });
    if (shown === null && target === "/v2/") {
      return new Response(null, { status: 401, headers: { "www-authenticate": "Basic" } });
    }
  });
  await using _hidden = hidden;
  const refused = await relay.lookUp(`${hidden.address}/app:1`, [
    candidate(right),
    candidate(wrong),
  ]);
  assert(refused.result === "failed");
  assertEquals(refused.failure, "denied");
  assertStringIncludes(refused.detail, "with the login of secret shop/wrong: ");
  assertStringIncludes(refused.detail, "with the login of secret shop/right: ");
  assertStringIncludes(refused.detail, "without a login: ");
  const missing = await relay.lookUp(`${hidden.address}/app:1`, [candidate(right)]);
  assert(missing.result === "failed");
  assertEquals(missing.failure, "not_found");
});

Deno.test("a registry that hides from strangers what it has (404) is shown the login all the same", async () => {
  const image = await servedImage();
  await using registry = await startScriptedHost((request) => {
    if (request.headers.get("authorization") === RIGHT) return image.answer(request);
    if (request.target !== "/v2/") return undefined;
    return new Response(null, { status: 401, headers: { "www-authenticate": 'Basic realm="x"' } });
  });
  await using relay = await startLoginRelay();
  const found = await relay.lookUp(`${registry.address}/team/app:1`, [candidate(right)]);
  assertEquals(found.result, "found");
});

Deno.test("where only its root says how to ask who we are, that one's example of a scope does no harm", async () => {
  const image = await servedImage();
  await using registry = await startScriptedHost((request) => {
    const { target, headers } = request;
    if (target.startsWith("/token")) {
      if (headers.get("authorization") !== RIGHT) return new Response(null, { status: 403 });
      const scopes = new URL(target, "http://x").searchParams.getAll("scope");
      return Response.json({ token: scopes.join() });
    }
    if (headers.get("authorization")?.includes("repository:team/app:pull")) {
      return image.answer(request);
    }
    if (target !== "/v2/") return undefined;
    // as GHCR
    const realm = `http://${headers.get("host")}/token`;
    return challenged(`Bearer realm="${realm}",scope="repository:user/image:pull"`);
  });
  await using relay = await startLoginRelay();
  const found = await relay.lookUp(`${registry.address}/team/app:1`, [candidate(right)]);
  assertEquals(found.result, "found");
});

Deno.test("a registry that fails, or asks for a pause, is shown no login", async () => {
  for (const status of [500, 503, 429]) {
    await using registry = await startScriptedHost(() =>
      new Response(null, { status, headers: { "retry-after": "600" } })
    );
    await using relay = await startLoginRelay();
    const source = changingSource(passwordLogin("ci", "right"));
    const failed = await relay.lookUp(`${registry.address}/app:1`, [candidate(source)]);
    assertEquals(failed.result, "failed");
    assertEquals(source.asked, [], `${status}`);
  }
});

const HOUR_MS = 3_600_000;
const FOR_PUBLIC = { forPublic: true, as: "bytes" } as const;

Deno.test("a login that serves the registry is used for what a HEAD without one proves public", async () => {
  const image = await servedImage();
  await using registry = await startScriptedHost((request) => {
    const shown = request.headers.get("authorization");
    // as Docker Hub: a stranger may see it, and gets little
    if (shown === RIGHT || request.method === "HEAD") return image.answer(request);
    return new Response(null, { status: 401, headers: { "www-authenticate": 'Basic realm="x"' } });
  });
  using time = new FakeTime();
  await using relay = await startLoginRelay({ clock: fakeClock() });
  const reference = `${registry.address}/library/app:1`;
  const look = async () => {
    const before = registry.seen.length;
    await using pull = await relay.pull(reference, [candidate(right, FOR_PUBLIC)]);
    const found = await pull.lookUp();
    assertEquals([found.result, "as" in found], ["found", false]);
    await pull.fetch(`blobs/${image.layerDigest}`);
    return askedBy(registry, NAMES).slice(before);
  };
  const byLogin = [
    "GET manifests/1 by nobody",
    "GET manifests/1 by right",
    "GET blobs/… by right",
  ];
  assertEquals(await look(), ["HEAD manifests/1 by nobody", ...byLogin]);
  assertEquals(await look(), byLogin);
  time.tick(25 * 3_600_000);
  assertEquals(await look(), ["HEAD manifests/1 by nobody", ...byLogin]);
});

Deno.test("a login for public images that is refused is done without, which is said once", async () => {
  const image = await servedImage();
  await using registry = await startScriptedHost((request) => {
    const { target, headers } = request;
    const shown = headers.get("authorization");
    if (target.startsWith("/token")) {
      return shown === null
        ? Response.json({ token: "for-all" })
        : Response.json({ details: "incorrect username or password" }, { status: 401 });
    }
    if (shown === "Bearer for-all") return image.answer(request);
    return challenged(`Bearer realm="http://${headers.get("host")}/token"`);
  });
  const logger = recordingLogger();
  await using relay = await startLoginRelay({ logger });
  for (const tag of ["1", "2"]) {
    const reference = `${registry.address}/app:${tag}`;
    await using pull = await relay.pull(reference, [candidate(wrong, FOR_PUBLIC)]);
    const found = await pull.lookUp();
    assertEquals([found.result, "as" in found], ["found", false]);
    assertEquals((await pull.fetch(`blobs/${image.layerDigest}`)).bytes, image.layer);
  }
  const said = logger.lines.filter(({ level }) => level === "warn");
  assertEquals(said.length, 1);
  assertEquals(said[0]?.fields?.login, "secret shop/wrong");
  const shown = registry.seen.filter(({ headers }) => headers.get("authorization") === WRONG);
  assertEquals(shown.length, 2, "once in each pull");
});

Deno.test("what was public and is no longer is kept as its login says", async () => {
  const image = await servedImage();
  let isPublic = true;
  await using registry = await startScriptedHost((request) => {
    const shown = request.headers.get("authorization");
    const isAll = isPublic && request.method === "HEAD";
    return shown === RIGHT || isAll ? image.answer(request) : challenged("Basic");
  });
  await using relay = await startLoginRelay();
  const reference = `${registry.address}/app:1`;
  const how = async (source: typeof right) => {
    const found = await relay.lookUp(reference, [candidate(source, FOR_PUBLIC)]);
    return "as" in found ? found.as : found.result;
  };
  assertEquals(await how(right), "found");
  isPublic = false;
  // refused with its login and without, it is proven no more
  assertEquals(await how(wrong), "failed");
  assertEquals(await how(right), "bytes");
});

Deno.test("what a HEAD without a login does not show is private, also with a login for public images", async () => {
  const image = await servedImage();
  await using registry = await startBasicRegistry(image, (shown) => shown === RIGHT);
  await using relay = await startLoginRelay();
  const reference = `${registry.address}/app:1`;
  const found = await relay.lookUp(reference, [candidate(right, FOR_PUBLIC)]);
  assert(found.result === "found");
  assertEquals(found.as, "bytes");
  // one that is for public images alone opens nothing
  const refused = await relay.lookUp(reference, [candidate(right, { forPublic: true })]);
  assert(refused.result === "failed");
  assertEquals(refused.failure, "denied");
});

/** As Docker Hub where all who have no login have had what they get: it lets in a token of `RIGHT`. */
async function startSpentRegistry(image: ServedImage) {
  const registry = await startScriptedHost((request) => {
    const { target, headers, method } = request;
    const shown = headers.get("authorization");
    const host = headers.get("host");
    if (target.startsWith("/token")) {
      return Response.json({ token: shown === RIGHT ? "for-right" : "for-all" });
    }
    if (shown === "Bearer for-right") return image.answer(request);
    if (shown !== "Bearer for-all") return challenged(`Bearer realm="http://${host}/token"`);
    if (!spent.isSpent) return image.answer(request);
    const said = { errors: [{ code: "TOOMANYREQUESTS", message: "You have reached your limit" }] };
    return new Response(method === "HEAD" ? null : JSON.stringify(said), {
      status: 429,
      headers: { "retry-after": "3600" },
    });
  });
  const spent = { isSpent: false };
  return { registry, spent };
}

Deno.test("where strangers have had all they get, the login is used for what was public yesterday", async () => {
  const image = await servedImage();
  const { registry, spent } = await startSpentRegistry(image);
  await using _registry = registry;
  using time = new FakeTime();
  await using relay = await startLoginRelay({ clock: fakeClock() });
  const look = async (repository: string) => {
    const reference = `${registry.address}/${repository}:1`;
    await using pull = await relay.pull(reference, [candidate(right, FOR_PUBLIC)]);
    const found = await pull.lookUp();
    if (found.result === "failed") return found.failure;
    await pull.fetch(`blobs/${image.layerDigest}`);
    return "as" in found ? found.as : found.result;
  };
  assertEquals(await look("library/known"), "found");
  spent.isSpent = true;
  // it may be private: it is not kept openly by the login
  assertEquals(await look("library/unknown"), "rate_limited");
  // that they have to wait does not hold whoever has a login
  assertEquals(await look("library/known"), "found");
  time.tick(25 * HOUR_MS);
  assertEquals(await look("library/known"), "found");
  // what was not proven for so long is not taken for public
  time.tick(24 * HOUR_MS);
  assertEquals(await look("library/known"), "rate_limited");
  spent.isSpent = false;
  time.tick(2 * HOUR_MS);
  assertEquals(await look("library/known"), "found");
});

Deno.test("where strangers have had all they get, the login is used for what may be open by it anyway", async () => {
  const image = await servedImage();
  const { registry, spent } = await startSpentRegistry(image);
  await using _registry = registry;
  spent.isSpent = true;
  await using relay = await startLoginRelay();
  const how = async (login: LoginCandidate) => {
    const found = await relay.lookUp(`${registry.address}/team/app:1`, [login]);
    return found.result === "failed" ? found.failure : "as" in found ? found.as : found.result;
  };
  const open = { forPublic: true, as: "image" } as const;
  assertEquals(await how(candidate(right, FOR_PUBLIC)), "rate_limited");
  assertEquals(await how(candidate(right, { forPublic: true })), "rate_limited");
  // of a Secret
  assertEquals(await how(candidate(right, { as: "image" })), "rate_limited");
  assertEquals(await how(candidate(wrong, open)), "rate_limited");
  assertEquals(await how(candidate(right, open)), "found");
});
