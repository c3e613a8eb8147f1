import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { blobBytes, failureOf, noAbort, openTestRegistries } from "./opened.ts";
import {
  type ScriptedHost,
  sendBytes,
  sha256,
  someBlob,
  startScriptedHost,
} from "./scripted_host.ts";

const OCI = "application/vnd.oci.image.manifest.v1+json";
const MANIFEST = new TextEncoder().encode(`{"mediaType":"${OCI}"}`);

/** A registry of which only a hosts.toml knows, with mirrors before it. */
async function openMirrored(mirrors: readonly string[], origin: string) {
  const registries = await openTestRegistries();
  const tables = mirrors.map((url) => `[host."${url}"]\n`);
  await registries.describe("registry.example", `server = "${origin}"\n${tables.join("")}`);
  return { registries, repository: await registries.open("registry.example/app:1") };
}

/** An address at which nobody listens. */
function deadUrl(): string {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  return `http://127.0.0.1:${listener.addr.port}`;
}

function answering(status: number): Promise<ScriptedHost> {
  return startScriptedHost(() => new Response(null, { status }));
}

Deno.test("the next host is asked where one is down or does not give it", async () => {
  await using origin = await startScriptedHost(() => new Response(MANIFEST));
  for (const status of [401, 403, 404, 410, 418, 500, 503]) {
    await using mirror = await answering(status);
    const { registries, repository } = await openMirrored([deadUrl(), mirror.url], origin.url);
    await using _registries = registries;
    const { digest } = await repository.manifest("GET", "1", { signal: noAbort });
    assertEquals(digest, await sha256(MANIFEST), `${status}`);
    assertEquals(mirror.asked(), ["GET /v2/app/manifests/1?ns=registry.example"]);
  }
});

Deno.test("a mirror that is down is not tried for each part, and is when the other fails", async () => {
  const { bytes, digest } = await someBlob(1000);
  let down = true;
  await using mirror = await startScriptedHost((request) =>
    down ? new Response(null, { status: 500 }) : sendBytes(bytes, request)
  );
  await using origin = await startScriptedHost((request) =>
    down ? sendBytes(bytes, request) : new Response(null, { status: 500 })
  );
  const { registries, repository } = await openMirrored([mirror.url], origin.url);
  await using _registries = registries;
  for (let from = 0; from < 500; from += 100) {
    await blobBytes(repository, digest, { from, end: from + 100 });
  }
  assertEquals([mirror.seen.length, origin.seen.length], [1, 5]);
  down = false;
  const part = await blobBytes(repository, digest, { from: 500, end: 600 });
  assertEquals(part, bytes.slice(500, 600));
});

Deno.test("a host whose answer broke off is not the first that is asked again", async () => {
  const { bytes, digest } = await someBlob(60_000);
  await using mirror = await startScriptedHost((_request) =>
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(bytes.slice(0, 1000));
          setTimeout(() => controller.error(new Error("gone")), 10);
        },
      }),
      { headers: { "content-length": `${bytes.length}` } },
    )
  );
  await using origin = await startScriptedHost((request) => sendBytes(bytes, request));
  const { registries, repository } = await openMirrored([mirror.url], origin.url);
  await using _registries = registries;
  const broke = await blobBytes(repository, digest).then(() => false, () => true);
  assert(broke);
  assertEquals(await blobBytes(repository, digest), bytes);
  assertEquals(mirror.seen.length, 1);
});

Deno.test("tags are asked of hosts that resolve, what has a digest of those that pull", async () => {
  const digest = await sha256(MANIFEST);
  const { bytes, digest: layer } = await someBlob(10);
  const script = ({ target }: { target: string }) =>
    new Response(target.includes("/blobs/") ? bytes : MANIFEST);
  await using mirror = await startScriptedHost(script);
  await using origin = await startScriptedHost(script);
  await using registries = await openTestRegistries();
  await registries.describe(
    "registry.example",
    `server = "${origin.url}"\n[host."${mirror.url}"]\ncapabilities = ["pull"]\n`,
  );
  const repository = await registries.open("registry.example/app:1");
  await repository.manifest("GET", "1", { signal: noAbort });
  await repository.manifest("GET", digest, { signal: noAbort });
  await blobBytes(repository, layer);
  assertEquals(origin.asked(), ["GET /v2/app/manifests/1?ns=registry.example"]);
  assertEquals(mirror.seen.length, 2);
});

Deno.test("a mirror that gives no answer is asked last for a while, by all pulls", async () => {
  const mirror = deadUrl();
  await using origin = await startScriptedHost(() => new Response(MANIFEST));
  const { registries, repository } = await openMirrored([mirror], origin.url);
  await using _registries = registries;
  await repository.manifest("GET", "1", { signal: noAbort });
  await using alive = await startScriptedHost(() => new Response(MANIFEST), {
    port: Number(new URL(mirror).port),
  });
  const next = await registries.open("registry.example/app:1");
  await next.manifest("GET", "1", { signal: noAbort });
  assertEquals([alive.seen.length, origin.seen.length], [0, 2]);
});

Deno.test("a mirror that holds another length of a blob is passed over", async () => {
  const { bytes, digest } = await someBlob(1000);
  await using mirror = await startScriptedHost((request) =>
    sendBytes(bytes.slice(0, 900), request)
  );
  await using origin = await startScriptedHost((request) => sendBytes(bytes, request));
  for (const part of [undefined, { from: 100, end: 200 }]) {
    const { registries, repository } = await openMirrored([mirror.url], origin.url);
    await using _registries = registries;
    const { body } = await repository.blob(digest, { signal: noAbort, part, bytes: 1000 });
    const { from, end } = part ?? { from: 0, end: 1000 };
    assertEquals(await new Response(body).bytes(), bytes.slice(from, end));
  }
  assertEquals([mirror.seen.length, origin.seen.length], [2, 2]);
});

Deno.test("wrong bytes of a mirror are not taken where a digest is asked for", async () => {
  const digest = await sha256(MANIFEST);
  await using mirror = await startScriptedHost(() => new Response("{}"));
  await using origin = await startScriptedHost(() => new Response(MANIFEST));
  const { registries, repository } = await openMirrored([mirror.url], origin.url);
  await using _registries = registries;
  const answer = await repository.manifest("GET", digest, { signal: noAbort });
  assertEquals(answer.bytes, MANIFEST);

  const alone = await registries.open(`${mirror.address}/app:1`);
  const { failure } = await failureOf(alone.manifest("GET", digest, { signal: noAbort }));
  assertEquals(failure, "bad_content");
});

Deno.test("where all fail, each host and what it said is told, the registry's first", async () => {
  await using mirror = await answering(404);
  await using origin = await startScriptedHost(() =>
    Response.json({ errors: [{ code: "DENIED", message: "not for you" }] }, { status: 403 })
  );
  const { registries, repository } = await openMirrored([deadUrl(), mirror.url], origin.url);
  await using _registries = registries;
  const { failure, detail } = await failureOf(repository.manifest("GET", "1", { signal: noAbort }));
  assertEquals(failure, "denied");
  assertStringIncludes(detail, `${origin.address} answered 403 Forbidden: DENIED: not for you; `);
  assertStringIncludes(detail, `${mirror.address} answered 404 Not Found`);
  assertStringIncludes(detail, "Connection refused");
});

Deno.test("a registry without Docker-Content-Digest is asked for the manifest itself", async () => {
  await using origin = await startScriptedHost(() =>
    new Response(MANIFEST, { headers: { "content-type": "application/json" } })
  );
  await using registries = await openTestRegistries();
  const repository = await registries.open(`${origin.address}/app:1`);
  const answer = await repository.manifest("HEAD", "1", { signal: noAbort });
  assertEquals([answer.digest, answer.mediaType], [await sha256(MANIFEST), OCI]);
  assertEquals(origin.seen.map(({ method }) => method), ["HEAD", "GET"]);
});

Deno.test("a manifest above 8 MiB is refused, and so is one that comes encoded", async () => {
  await using origin = await startScriptedHost(({ target }) =>
    target.endsWith("large")
      ? new Response(new Uint8Array(8 * 1024 * 1024 + 1))
      : new Response(MANIFEST, { headers: { "content-encoding": "br" } })
  );
  await using registries = await openTestRegistries();
  const repository = await registries.open(`${origin.address}/app:1`);
  const failed = async (tag: string) =>
    (await failureOf(repository.manifest("GET", tag, { signal: noAbort }))).failure;
  assertEquals(await failed("large"), "invalid");
  assertEquals(await failed("encoded"), "bad_content");
});

Deno.test("an edit of hosts.toml counts from the next pull on", async () => {
  await using first = await startScriptedHost(() => new Response(MANIFEST));
  await using second = await startScriptedHost(() => new Response(MANIFEST));
  await using registries = await openTestRegistries();
  for (const { url } of [first, second]) {
    await registries.describe("registry.example", `server = "${url}"\n`);
    const repository = await registries.open("registry.example/app:1");
    await repository.manifest("GET", "1", { signal: noAbort });
  }
  assertEquals([first.seen.length, second.seen.length], [1, 1]);
  await registries.describe("registry.example", "skip_verify = true\n");
  assertStringIncludes(await registries.whyDirect("registry.example/app:1"), "skip_verify");
  await registries.describe("registry.example", 'ca = "missing.crt"\n');
  assertStringIncludes(await registries.whyDirect("registry.example/app:1"), "missing.crt");
});
