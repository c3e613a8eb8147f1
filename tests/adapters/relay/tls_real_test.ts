import { assertEquals, assertStringIncludes } from "@std/assert";
import { makeCertificates } from "../../harness/servers/certificates.ts";
import { failureOf, noAbort, openTestRegistries } from "./opened.ts";
import { startScriptedHost } from "./scripted_host.ts";

const MANIFEST = '{"mediaType":"application/vnd.oci.image.manifest.v1+json"}';

Deno.test("a registry's own authority is trusted where its hosts.toml names it, and nowhere else", async () => {
  const folder = await Deno.makeTempDir({ prefix: "warm-images-tls-" });
  const tls = await makeCertificates(folder);
  await using host = await startScriptedHost(() => new Response(MANIFEST), { tls });
  await using other = await startScriptedHost(() => new Response(MANIFEST), { tls });
  await using registries = await openTestRegistries();
  const certificates = await registries.describe(
    "trusted.example",
    `server = "${host.url}"\nca = "ca.crt"\n`,
  );
  await Deno.copyFile(tls.caFile, `${certificates}/ca.crt`);
  await registries.describe("other.example", `server = "${other.url}"\n`);

  const trusted = await registries.open("trusted.example/app:1");
  const { mediaType } = await trusted.manifest("GET", "1", { signal: noAbort });
  assertEquals(mediaType, "application/vnd.oci.image.manifest.v1+json");

  const untrusted = await registries.open("other.example/app:1");
  const { failure, detail } = await failureOf(
    untrusted.manifest("GET", "1", { signal: noAbort }),
  );
  assertEquals(failure, "network");
  assertStringIncludes(detail, "unknown authority");
  assertEquals(other.seen.length, 0);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a registry is trusted that the agent's extra authority has signed", async () => {
  const folder = await Deno.makeTempDir({ prefix: "warm-images-tls-" });
  const tls = await makeCertificates(folder);
  await using host = await startScriptedHost(() => new Response(MANIFEST), { tls });
  await using registries = await openTestRegistries({ extraCaFile: tls.caFile });
  await registries.describe("_default", `server = "${host.url}"\n`);
  const repository = await registries.open("any.example/app:1");
  await repository.manifest("GET", "1", { signal: noAbort });
  assertEquals(host.asked(), ["GET /v2/app/manifests/1?ns=any.example"]);
  await Deno.remove(folder, { recursive: true });
});
