import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { RegistryError } from "../../../mod/adapters/relay/registries/repository.ts";
import { blobBytes, failureOf, noAbort, openTestRegistries } from "./opened.ts";
import { sendBytes, someBlob, startScriptedHost } from "./scripted_host.ts";

function redirect(location: string, status = 307): Response {
  return new Response(null, { status, headers: { location } });
}

Deno.test("redirects of a blob are followed once, without what is for the registry alone", async () => {
  const { bytes, digest } = await someBlob(1000);
  await using storage = await startScriptedHost((request) =>
    request.target.startsWith("/first")
      ? redirect("../second?sig=1", 302)
      : sendBytes(bytes, request)
  );
  await using tokens = await startScriptedHost(() => Response.json({ token: "t" }));
  await using origin = await startScriptedHost(({ headers }) =>
    headers.get("authorization") === "Bearer t" ? redirect(`${storage.url}/first/x`) : new Response(
      null,
      { status: 401, headers: { "www-authenticate": `Bearer realm="${tokens.url}/"` } },
    )
  );
  await using registries = await openTestRegistries();
  await registries.describe(
    "registry.example",
    `server = "${origin.url}"\n[header]\nx-secret = "s"\n`,
  );
  const repository = await registries.open("registry.example/app:1");
  const parts = [0, 1, 2, 3].map((n) => ({ from: n * 250, end: n * 250 + 250 }));
  const read = await Promise.all(parts.map((part) => blobBytes(repository, digest, part)));
  assertEquals(read.flatMap((part) => [...part]), [...bytes]);
  assertEquals(origin.seen.length, 2);
  assertEquals(origin.seen[1]?.headers.get("x-secret"), "s");
  assertEquals(
    storage.asked().toSorted(),
    ["GET /first/x", ...Array(4).fill("GET /second?sig=1")],
  );
  for (const { headers } of storage.seen) {
    assertEquals([headers.get("authorization"), headers.get("x-secret")], [null, null]);
  }
});

Deno.test("a signed address that has ended is asked for anew, once for all parts", async () => {
  const { bytes, digest } = await someBlob(1000);
  let signature = 1;
  for (const status of [400, 401, 403, 404, 410]) {
    await using storage = await startScriptedHost((request) =>
      request.target === `/?sig=${signature}`
        ? sendBytes(bytes, request)
        : new Response(null, { status })
    );
    await using origin = await startScriptedHost(() =>
      redirect(`${storage.url}/?sig=${signature}`)
    );
    await using registries = await openTestRegistries();
    const repository = await registries.open(`${origin.address}/app:1`);
    await blobBytes(repository, digest, { from: 0, end: 100 });
    signature++;
    const parts = [1, 2, 3].map((n) => ({ from: n * 100, end: n * 100 + 100 }));
    await Promise.all(parts.map((part) => blobBytes(repository, digest, part)));
    assertEquals(origin.seen.length, 2, `${status}`);
  }
});

Deno.test("storage that is down or refuses ends in an error that can pass, not in one for good", async () => {
  const { digest } = await someBlob(1);
  await using storage = await startScriptedHost(() => new Response(null, { status: 403 }));
  await using origin = await startScriptedHost(({ target }) =>
    redirect(target.includes("/down/") ? "http://127.0.0.1:9999/" : `${storage.url}/?sig=s3cret`)
  );
  await using registries = await openTestRegistries();
  const failed = async (name: string) => {
    const repository = await registries.open(`${origin.address}/${name}/app:1`);
    const { failure, status } = await assertRejects(
      () => repository.blob(digest, { signal: noAbort }),
      RegistryError,
    );
    assertEquals(status, undefined, "403 would be final");
    return failure;
  };
  const refused = await failed("refused");
  assertEquals(refused.failure, "server_error");
  assertStringIncludes(refused.detail, `its storage ${storage.address}, which answered 403`);
  assertEquals(refused.detail.includes("s3cret"), false);
  assertEquals((await failed("down")).failure, "network");
});

Deno.test("redirects without an end, or to nowhere, are an error", async () => {
  const { digest } = await someBlob(1);
  for (
    const location of ["/again", "", "ftp://a/", "file:///etc/passwd", "data:,x", "http://[bad"]
  ) {
    await using origin = await startScriptedHost(() => redirect(location));
    await using registries = await openTestRegistries();
    const repository = await registries.open(`${origin.address}/app:1`);
    const { failure } = await failureOf(repository.blob(digest, { signal: noAbort }));
    assertEquals(failure, "server_error", location);
  }
});

Deno.test("an answer that brings all bytes for a part says so", async () => {
  const { bytes, digest } = await someBlob(1000);
  await using origin = await startScriptedHost(() => new Response(bytes));
  await using registries = await openTestRegistries();
  const repository = await registries.open(`${origin.address}/app:1`);
  const answer = await repository.blob(digest, { signal: noAbort, part: { from: 500, end: 600 } });
  assertEquals([answer.from, answer.length], [0, 1000]);
  await answer.body.cancel();
});

Deno.test("a part with other bytes than were asked for is no answer", async () => {
  const { bytes, digest } = await someBlob(1000);
  const lies: Record<string, string | undefined> = {
    other: "bytes 0-99/1000",
    longer: "bytes 500-799/1000",
    nonsense: "bytes x",
    missing: undefined,
  };
  await using origin = await startScriptedHost(({ target }) => {
    const range = lies[target.split("/")[2] ?? ""];
    const headers: Record<string, string> = range ? { "content-range": range } : {};
    return new Response(bytes.slice(0, 100), { status: 206, headers });
  });
  await using registries = await openTestRegistries();
  for (const name of Object.keys(lies)) {
    const repository = await registries.open(`${origin.address}/${name}/app:1`);
    const part = { from: 500, end: 600 };
    const { failure } = await failureOf(repository.blob(digest, { signal: noAbort, part }));
    assertEquals(failure, "bad_content", name);
  }
});

Deno.test("a body that comes encoded is no blob", async () => {
  const { bytes, digest } = await someBlob(10);
  await using origin = await startScriptedHost(() =>
    new Response(bytes, { headers: { "content-encoding": "zstd" } })
  );
  await using registries = await openTestRegistries();
  const repository = await registries.open(`${origin.address}/app:1`);
  const { failure } = await failureOf(repository.blob(digest, { signal: noAbort }));
  assertEquals(failure, "bad_content");
  assertEquals(origin.seen[0]?.headers.get("accept-encoding"), "identity");
});
