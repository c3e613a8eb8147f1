import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { blobBytes, failureOf, noAbort, openTestRegistries } from "./opened.ts";
import { sendBytes, someBlob, startScriptedHost } from "./scripted_host.ts";

const MANIFEST = '{"mediaType":"application/vnd.oci.image.manifest.v1+json"}';

function busy(retryAfter: string): Response {
  return new Response(null, { status: 429, headers: { "retry-after": retryAfter } });
}

Deno.test("a registry that asks for a short pause is left alone, and then asked again", async () => {
  const forms = ["1", () => new Date(Date.now() + 2_000).toUTCString()];
  for (const form of forms) {
    await using origin = await startScriptedHost((_request, before) =>
      before === 0 ? busy(typeof form === "string" ? form : form()) : new Response(MANIFEST)
    );
    await using registries = await openTestRegistries();
    const repository = await registries.open(`${origin.address}/app:1`);
    const began = performance.now();
    await repository.manifest("GET", "1", { signal: noAbort });
    // A date has whole seconds, of which a part is over.
    assert(performance.now() - began >= 900);
    assertEquals(origin.seen.length, 2);
  }
});

Deno.test("a registry that never says how long is asked three times at most, and then it is told", async () => {
  const { digest } = await someBlob(300);
  await using origin = await startScriptedHost(() => new Response(null, { status: 429 }));
  await using registries = await openTestRegistries();
  const repository = await registries.open(`${origin.address}/app:1`);
  const failure = await failureOf(repository.blob(digest, { signal: noAbort }));
  assertEquals([failure.failure, failure.retryAfterMs], ["rate_limited", undefined]);
  assert(origin.seen.length <= 3, "fewer, where what was asked takes its time");
  // Each refusal makes the pause longer, until a pull comes into one that is too long to wait for.
  for (let asked = 0; asked !== origin.seen.length;) {
    asked = origin.seen.length;
    const next = await failureOf(repository.manifest("GET", "1", { signal: noAbort }));
    assertEquals([next.failure, next.retryAfterMs], ["rate_limited", undefined]);
    if (asked === origin.seen.length) assertStringIncludes(next.detail, "lasts for another");
  }
});

Deno.test("a long pause holds for all repositories of a registry, and nobody asks in it", async () => {
  await using origin = await startScriptedHost(() => busy("600"));
  await using registries = await openTestRegistries();
  for (const name of ["one", "two", "three"]) {
    const repository = await registries.open(`${origin.address}/${name}/app:1`);
    const failure = await failureOf(repository.manifest("GET", "1", { signal: noAbort }));
    assertEquals(failure.failure, "rate_limited");
    assert((failure.retryAfterMs ?? 0) > 590_000, `${failure.retryAfterMs}`);
    assertStringIncludes(failure.detail, origin.address);
  }
  assertEquals(origin.seen.length, 1);
});

Deno.test("while a mirror asks for a pause the registry itself is asked at once", async () => {
  const { bytes, digest } = await someBlob(300);
  await using mirror = await startScriptedHost(() => busy("20"));
  await using origin = await startScriptedHost((request) => sendBytes(bytes, request));
  await using registries = await openTestRegistries();
  await registries.describe(
    "registry.example",
    `server = "${origin.url}"\n[host."${mirror.url}"]\n`,
  );
  for (let pull = 0; pull < 3; pull++) {
    const repository = await registries.open("registry.example/app:1");
    assertEquals(await blobBytes(repository, digest), bytes);
  }
  assertEquals([mirror.seen.length, origin.seen.length], [1, 3]);
});
