import { assert, assertEquals } from "@std/assert";
import { never } from "../../harness/signals.ts";
import { openedPull, openedRelay, scriptedRepository } from "./scripted_repository.ts";

/** A digest that stands for index number `level`. */
function digestAt(level: number): string {
  return `sha256:${String(level).padStart(64, "0")}`;
}

/** A repository whose image lies behind so many indexes, each within the one before. */
async function behindIndexes(indexes: number) {
  const repository = await scriptedRepository(10);
  const { manifest } = repository;
  repository.manifest = async (method, target, options) => {
    const level = target.startsWith("sha256:") ? Number(target.slice("sha256:".length)) : 0;
    if (level === indexes) return { ...await manifest(method, target, options), digest: target };
    const platform = { os: "linux", architecture: "amd64" };
    const next = { mediaType: "any", size: 1, digest: digestAt(level + 1), platform };
    return {
      digest: digestAt(level),
      mediaType: "application/vnd.oci.image.index.v1+json",
      bytes: new TextEncoder().encode(JSON.stringify({ manifests: [next] })),
    };
  };
  return repository;
}

async function lookedUp(indexes: number) {
  await using relay = await openedRelay(await behindIndexes(indexes));
  await using pull = await openedPull(relay.relay, "registry.example/team/app:1");
  return await pull.lookUp({ signal: never() });
}

Deno.test("an image is found behind an index that an index names", async () => {
  for (const indexes of [1, 2, 4]) {
    const found = await lookedUp(indexes);
    assert(found.result === "found", JSON.stringify(found));
    assertEquals([found.content.digest, found.content.manifest.digest], [
      digestAt(0),
      digestAt(indexes),
    ]);
  }
});

Deno.test("indexes without an end are refused, and not followed for ever", async () => {
  const found = await lookedUp(1000);
  assert(found.result === "failed", JSON.stringify(found));
  assertEquals(found.failure, "invalid");
});
