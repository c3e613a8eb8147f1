import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { imageContent, isIndex, manifestFor } from "../../../mod/pure/images/image_manifest.ts";
import { manifestMediaType } from "../../../mod/pure/images/manifest_media_type.ts";

const OCI = "application/vnd.oci.image.manifest.v1+json";
const AMD64 = { os: "linux", architecture: "amd64" };
const ARM64 = { os: "linux", architecture: "arm64" };

/** "os/architecture/variant", or "" for a manifest that does not say. */
function index(...platforms: string[]): string {
  const manifests = platforms.map((text, at) => {
    const [os, architecture, variant] = text.split("/");
    return {
      mediaType: OCI,
      digest: `sha256:${at}`,
      size: 10,
      ...(text !== "" && { platform: { os, architecture, variant } }),
    };
  });
  return JSON.stringify({ schemaVersion: 2, manifests });
}

function chosen(platform: typeof AMD64, ...platforms: string[]): string | undefined {
  const found = manifestFor(index(...platforms), platform);
  assert("value" in found);
  return found.value && platforms[Number(found.value.digest.slice("sha256:".length))];
}

Deno.test("containerd's default platform is taken of an index", () => {
  assertEquals(chosen(AMD64, "linux/arm64/v8", "linux/amd64"), "linux/amd64");
  assertEquals(chosen(AMD64, "linux/amd64/v3", "linux/amd64"), "linux/amd64");
  assertEquals(chosen(AMD64, "linux/amd64/v2"), undefined);
  assertEquals(chosen(AMD64, "linux/386", "linux/amd64/v1"), "linux/amd64/v1");
  assertEquals(chosen(AMD64, "linux/386", "linux/arm64"), "linux/386");
  assertEquals(chosen(AMD64, "windows/amd64", "Linux/x86_64"), "Linux/x86_64");
  assertEquals(chosen(ARM64, "linux/arm/v7", "linux/arm64"), "linux/arm64");
  assertEquals(chosen(ARM64, "linux/arm64/v9", "linux/arm64/v8"), "linux/arm64/v8");
  assertEquals(chosen(ARM64, "linux/arm/v6", "linux/arm/v7"), "linux/arm/v7");
  assertEquals(chosen(ARM64, "linux/amd64", "linux/aarch64"), "linux/aarch64");
});

Deno.test("the first of equals is taken, and what says nothing only where nothing suits", () => {
  const [first] = [manifestFor(index("linux/amd64", "linux/amd64"), AMD64)];
  assert("value" in first);
  assertEquals(first.value?.digest, "sha256:0");
  assertEquals(chosen(AMD64, "", "linux/amd64"), "linux/amd64");
  assertEquals(chosen(AMD64, "unknown/unknown", ""), "");
});

Deno.test("attestations and empty lists are no image", () => {
  assertEquals(chosen(AMD64, "unknown/unknown"), undefined);
  assertEquals(manifestFor('{"manifests":null}', AMD64), { value: undefined });
  assertEquals(manifestFor("{}", AMD64), { value: undefined });
  assert("fault" in manifestFor("<html>", AMD64));
  assert("fault" in manifestFor('{"manifests":[{"digest":"x","size":1}]}', AMD64));
});

function contentOf(text: string, mediaType: string) {
  return imageContent(text, {
    digest: "sha256:0",
    manifest: { digest: "sha256:0", mediaType, bytes: 1 },
  });
}

Deno.test("a manifest tells its configuration and layers", () => {
  const config = { mediaType: "c", digest: "sha256:1", size: 2 };
  const layer = { digest: "sha256:2", size: 3, urls: ["https://elsewhere.example/"] };
  const read = contentOf(JSON.stringify({ config, layers: [layer] }), OCI);
  assert("value" in read);
  assertEquals(read.value.config, { mediaType: "c", digest: "sha256:1", bytes: 2 });
  assertEquals(read.value.layers, [{ mediaType: "", digest: "sha256:2", bytes: 3 }]);
  const none = contentOf(JSON.stringify({ config, layers: null }), OCI);
  assert("value" in none);
  assertEquals(none.value.layers, []);
});

Deno.test("schema 1 and what is no image are told apart from broken manifests", () => {
  for (const type of ["v1+prettyjws", "v1+json"]) {
    const read = contentOf("{}", `application/vnd.docker.distribution.manifest.${type}`);
    assert("fault" in read);
    assertStringIncludes(read.fault, "build the image anew");
  }
  const plain = contentOf('{"schemaVersion": 1, "fsLayers": []}', "text/plain");
  assert("fault" in plain);
  assertStringIncludes(plain.fault, "schema 1");
  const chart = contentOf("{}", "application/vnd.cncf.helm.chart");
  assert("fault" in chart);
  assertStringIncludes(chart.fault, "application/vnd.cncf.helm.chart");
  const broken = contentOf('{"config":{"digest":"sha256:1","size":-1}}', OCI);
  assert("fault" in broken);
  assertStringIncludes(broken.fault, "config.size");
});

Deno.test("a manifest's media type is the server's, or its own where the server's tells nothing", () => {
  const own = JSON.stringify({ mediaType: OCI });
  assertEquals(
    manifestMediaType("application/vnd.x+json; charset=utf-8", own),
    "application/vnd.x+json",
  );
  for (const header of [null, "", "text/plain", "application/json; charset=utf-8"]) {
    assertEquals(manifestMediaType(header, own), OCI);
    assertEquals(manifestMediaType(header, '{"config":{}}'), OCI);
    assert(isIndex(manifestMediaType(header, '{"manifests":[]}')));
  }
  assertEquals(manifestMediaType("text/plain", "<html>"), "text/plain");
});
