import { assertEquals } from "@std/assert";
import type { Repository } from "../../../mod/adapters/relay/registries/repository.ts";
import { loginSource, passwordLogin } from "./login_sources.ts";
import { blobBytes, failureOf, noAbort, openTestRegistries } from "./opened.ts";
import { sendBytes, someBlob, startScriptedHost } from "./scripted_host.ts";

const LOGIN = `Basic ${btoa("user:s3cret")}`;
const SOURCE = loginSource(passwordLogin("user", "s3cret"));
const MANIFEST = '{"mediaType":"application/vnd.oci.image.manifest.v1+json"}';

function wants(challenge: string): Response {
  return new Response(null, { status: 401, headers: { "www-authenticate": challenge } });
}

async function withLogin(repository: Repository): Promise<Repository> {
  const own = await repository.withLogin(SOURCE, { signal: noAbort });
  if (own === undefined) throw new Error("There is no login");
  return own;
}

Deno.test("a login is shown to a registry that asks for it, and to no storage it leads to", async () => {
  const { bytes, digest } = await someBlob(100);
  await using storage = await startScriptedHost((request) => sendBytes(bytes, request));
  await using host = await startScriptedHost(({ target, headers }) => {
    if (headers.get("authorization") !== LOGIN) return wants('Basic realm="x"');
    return target.includes("/blobs/")
      ? new Response(null, { status: 307, headers: { location: `${storage.url}/x` } })
      : new Response(MANIFEST);
  });
  await using registries = await openTestRegistries();
  const repository = await withLogin(await registries.open(`${host.address}/team/app:1`));
  await repository.manifest("GET", "1", { signal: noAbort });
  assertEquals(await blobBytes(repository, digest), bytes);
  assertEquals(host.seen.map(({ headers }) => headers.get("authorization")), [null, LOGIN, LOGIN]);
  assertEquals(storage.seen.map(({ headers }) => headers.get("authorization")), [null]);
});

Deno.test("a token service is shown the login, and nobody that it sends on to", async () => {
  await using elsewhere = await startScriptedHost(() => Response.json({ token: "t" }));
  await using tokens = await startScriptedHost(() =>
    new Response(null, { status: 302, headers: { location: `${elsewhere.url}/token` } })
  );
  await using host = await startScriptedHost(({ headers }) =>
    headers.get("authorization") === "Bearer t"
      ? new Response(MANIFEST)
      : wants(`Bearer realm="${tokens.url}/token"`)
  );
  await using registries = await openTestRegistries();
  const repository = await withLogin(await registries.open(`${host.address}/team/app:1`));
  await repository.manifest("GET", "1", { signal: noAbort });
  assertEquals(tokens.seen.map(({ headers }) => headers.get("authorization")), [LOGIN]);
  assertEquals(elsewhere.seen.map(({ headers }) => headers.get("authorization")), [null]);
});

Deno.test("storage that asks for a login is not shown the registry's", async () => {
  await using storage = await startScriptedHost(() => wants('Basic realm="x"'));
  await using host = await startScriptedHost(() =>
    new Response(null, { status: 307, headers: { location: `${storage.url}/x` } })
  );
  await using registries = await openTestRegistries();
  const { digest } = await someBlob(1);
  const repository = await withLogin(await registries.open(`${host.address}/team/app:1`));
  await failureOf(repository.blob(digest, { signal: noAbort }));
  assertEquals(
    new Set(storage.seen.map((each) => each.headers.get("authorization"))),
    new Set([null]),
  );
});
