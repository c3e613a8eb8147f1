import { assert, assertEquals, assertMatch } from "@std/assert";
import { gunzipSync } from "node:zlib";
import { dockerBuildArguments } from "./image_docker.ts";
import { compressLayout } from "./image_docker_layout.ts";
import { sha256 } from "./image_layers.ts";
import { readImageSource } from "./image_source.ts";
import { blobPath, readOciLayout } from "./oci_layout.ts";
import { REPOSITORY } from "../programs.ts";

Deno.test("docker builds a target with its labels, for a platform when told so", () => {
  assertEquals(dockerBuildArguments("agent", "agent:1", { version: "1.2.3", revision: "abc" }), [
    "build",
    ...["--target", "agent", "--tag", "agent:1"],
    ...["--build-arg", "VERSION=1.2.3", "--build-arg", "REVISION=abc"],
    "--provenance=false",
    ".",
  ]);
  const foreign = dockerBuildArguments("agent", "agent:1", { platform: "linux/arm64" });
  assertEquals(foreign[foreign.indexOf("--platform") + 1], "linux/arm64");
});

Deno.test("docker builds with stand-ins for @std packages only when told so", () => {
  const offline = dockerBuildArguments("agent", "agent:1", { offline: true });
  assertEquals(offline[offline.indexOf("WARM_IMAGES_OFFLINE=1") - 1], "--build-arg");
  const others = dockerBuildArguments("agent", "agent:1", { offline: false });
  assertEquals(others.filter((argument) => argument.includes("OFFLINE")), []);
});

Deno.test("layers that Docker saved as plain tar are packed as a push would", async () => {
  const folder = await Deno.makeTempDir({ prefix: "warm-images-layout-" });
  try {
    const tar = new Uint8Array(100_000);
    await dockerSaves(folder, tar);
    await compressLayout(folder);
    const image = await readOciLayout(folder);
    const [layer, ...others] = image.layers;
    assert(layer !== undefined && others.length === 0);
    assertEquals(layer.mediaType, "application/vnd.oci.image.layer.v1.tar+gzip");
    const packed = await Deno.readFile(blobPath(folder, layer.digest));
    assertEquals([layer.size, layer.digest], [packed.length, await sha256(packed)]);
    assertEquals(new Uint8Array(gunzipSync(packed)), tar);
    assert(image.bytes < 2000, `${image.bytes} bytes are counted`);
    const { digest } = image;
    await compressLayout(folder);
    assertEquals((await readOciLayout(folder)).digest, digest);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("base images are pinned by digest, and Deno is the one that CI runs", async () => {
  const dockerfile = await Deno.readTextFile(`${REPOSITORY}Dockerfile`);
  const bases = [...dockerfile.matchAll(/^ARG \w+_IMAGE=(.+)$/gm)].map(([, image = ""]) => image);
  assertEquals(bases.length, 3);
  for (const image of bases) assertMatch(image, /^[a-z.]+\/.+:.+@sha256:[0-9a-f]{64}$/);
  const ci = await Deno.readTextFile(`${REPOSITORY}.ci/run`);
  const version = /deno@([\d.]+)/.exec(ci)?.[1];
  assertEquals(bases.filter((image) => image.includes(`denoland/deno:${version}@`)).length, 1);
});

Deno.test("the Dockerfile's ctr is the one that tests run", async () => {
  await readImageSource(); // throws when it is not
});

/** A layout as `docker save` writes it: an index in the index, and layers that are not packed. */
async function dockerSaves(folder: string, tar: Uint8Array<ArrayBuffer>): Promise<void> {
  const put = async (mediaType: string, bytes: Uint8Array<ArrayBuffer>) => {
    const digest = await sha256(bytes);
    await Deno.mkdir(`${folder}/blobs/sha256`, { recursive: true });
    await Deno.writeFile(blobPath(folder, digest), bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  const type = "application/vnd.oci.image";
  const config = await put(
    `${type}.config.v1+json`,
    json({ rootfs: { "diff_ids": [await sha256(tar)] } }),
  );
  const layers = [await put(`${type}.layer.v1.tar`, tar)];
  const manifest = await put(`${type}.manifest.v1+json`, json({ config, layers }));
  const notes = { ...manifest, platform: { os: "unknown", architecture: "unknown" } };
  const inner = await put(`${type}.index.v1+json`, json({ manifests: [manifest, notes] }));
  await Deno.writeTextFile(`${folder}/index.json`, JSON.stringify({ manifests: [inner] }));
}
