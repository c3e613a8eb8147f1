import { assertEquals, assertStringIncludes } from "@std/assert";
import { blobBytes, failureOf, noAbort, openTestRegistries } from "./opened.ts";
import { type SeenRequest, sendBytes, someBlob, startScriptedHost } from "./scripted_host.ts";

const MANIFEST = '{"mediaType":"application/vnd.oci.image.manifest.v1+json"}';

function challenge(realm: string, scope = "repository:team/app:pull"): Response {
  const header = `Bearer realm="${realm}",service="test, with comma",scope="${scope}"`;
  return new Response(null, { status: 401, headers: { "www-authenticate": header } });
}

function mayPass({ headers }: SeenRequest, token: string): boolean {
  return headers.get("authorization") === `Bearer ${token}`;
}

Deno.test("a token is got without a login, and kept for all requests to a repository", async () => {
  await using tokens = await startScriptedHost(() => Response.json({ token: "t1" }));
  await using host = await startScriptedHost((request) =>
    mayPass(request, "t1") ? new Response(MANIFEST) : challenge(`${tokens.url}/token?x=1`)
  );
  await using registries = await openTestRegistries();
  const repository = await registries.open(`${host.address}/team/app:1`);
  await repository.manifest("GET", "1", { signal: noAbort });
  await repository.manifest("GET", "1", { signal: noAbort });
  const again = await registries.open(`${host.address}/team/app:1`);
  await again.manifest("GET", "1", { signal: noAbort });
  assertEquals(tokens.asked(), [
    "GET /token?x=1&service=test%2C+with+comma&scope=repository%3Ateam%2Fapp%3Apull",
  ]);
  assertEquals(tokens.seen[0]?.headers.get("authorization"), null);
  assertEquals(host.seen.length, 4);
});

Deno.test("a token that ends in the middle is renewed once, for all parts under way", async () => {
  const { bytes, digest } = await someBlob(3000);
  let valid = 1;
  await using tokens = await startScriptedHost(() =>
    Response.json({ "access_token": `t${valid}` })
  );
  await using host = await startScriptedHost((request) =>
    mayPass(request, `t${valid}`) ? sendBytes(bytes, request) : challenge(`${tokens.url}/token`)
  );
  await using registries = await openTestRegistries();
  const repository = await registries.open(`${host.address}/team/app:1`);
  await blobBytes(repository, digest, { from: 0, end: 100 });
  valid = 2;
  const parts = await Promise.all(
    [1, 2, 3, 4].map((n) => blobBytes(repository, digest, { from: n * 100, end: n * 100 + 100 })),
  );
  assertEquals(parts.map(({ length }) => length), [100, 100, 100, 100]);
  assertEquals(tokens.seen.length, 2);
});

Deno.test("what a token service does wrong is told, without its words and secrets", async () => {
  const answers: Record<string, () => Response> = {
    denied: () => Response.json({ details: "no such user" }, { status: 401 }),
    broken: () => new Response("<html>", { status: 500 }),
    html: () => new Response("<html>token</html>"),
    busy: () => new Response(null, { status: 429, headers: { "retry-after": "120" } }),
  };
  await using tokens = await startScriptedHost(({ target }) => {
    return answers[target.slice(1, target.indexOf("?"))]?.();
  });
  await using host = await startScriptedHost(({ target }) =>
    challenge(`${tokens.url}/${target.split("/")[2]}?secret=abc`)
  );
  await using registries = await openTestRegistries();
  const failed = async (name: string) => {
    const repository = await registries.open(`${host.address}/${name}:1`);
    const failure = await failureOf(repository.manifest("GET", "1", { signal: noAbort }));
    assertStringIncludes(failure.detail, `${host.address} sent for a token to ${tokens.address}`);
    assertEquals(failure.detail.includes("abc"), false);
    return failure;
  };
  assertEquals((await failed("denied")).failure, "denied");
  assertEquals((await failed("broken")).failure, "server_error");
  assertEquals((await failed("html")).failure, "server_error");
  const busy = await failed("busy");
  assertEquals([busy.failure, busy.retryAfterMs], ["rate_limited", 120_000]);
});
