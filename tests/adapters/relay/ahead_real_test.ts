import { assert, assertEquals } from "@std/assert";
import { never } from "../../harness/signals.ts";
import { waitUntil } from "../../harness/wait.ts";
import { AHEAD_LIMITS } from "../../../mod/adapters/relay/blobs/ahead_store.ts";
import {
  addressOf,
  digestOf,
  openedPull,
  openedRelay,
  type ScriptedRepository,
  scriptedRepository,
} from "./scripted_repository.ts";

const SMALL = 300_000;
const signal = never();

function layerOf({ layerDigest, layer }: ScriptedRepository) {
  return [{ mediaType: "layer", digest: layerDigest, bytes: layer.length }];
}

function timesAsked({ asked, layerDigest }: ScriptedRepository): number {
  return asked.filter((each) => each.startsWith(`blobs/${layerDigest}`)).length;
}

async function digestAt(url: string): Promise<string> {
  return await digestOf(await (await fetch(url)).bytes());
}

Deno.test("a blob that two pulls want is fetched once, and lasts until both have it", async () => {
  const repository = await scriptedRepository(SMALL);
  await using relay = await openedRelay(repository);
  await using other = await openedPull(relay.relay, "registry.example/team/app:2");
  await other.lookUp({ signal });
  const layer = layerOf(repository);
  const both = [relay.pull, other].map((pull) => pull.fetchAhead(layer, { signal }));
  assertEquals(await Promise.all(both), [true, true]);
  for (const url of [relay.url, `${await addressOf(other)}/team/app`]) {
    assertEquals(await digestAt(`${url}/blobs/${repository.layerDigest}`), repository.layerDigest);
  }
  assertEquals(timesAsked(repository), 1);
});

Deno.test("what is shared counts towards the limit of each image", async () => {
  const repository = await scriptedRepository(SMALL);
  await using relay = await openedRelay(repository);
  await using other = await openedPull(relay.relay, "registry.example/team/app:2");
  const layer = layerOf(repository);
  assert(await relay.pull.fetchAhead(layer, { signal }));
  const more = {
    mediaType: "layer",
    digest: `sha256:${"1".repeat(64)}`,
    bytes: AHEAD_LIMITS.bytesOfImage - SMALL + 1,
  };
  const asked = repository.asked.length;
  assertEquals(await other.fetchAhead([...layer, more], { signal }), false);
  assertEquals(repository.asked.length, asked);
});

Deno.test("what is slow to come is kept, and used when the runtime asks", async () => {
  const repository = await scriptedRepository(SMALL);
  await using relay = await openedRelay(repository);
  const held = Promise.withResolvers<undefined>();
  repository.onLayer = () => held.promise;
  assertEquals(await relay.pull.fetchAhead(layerOf(repository), { signal }), false);
  const asking = digestAt(`${relay.url}/blobs/${repository.layerDigest}`);
  await waitUntil(
    "the runtime has asked",
    () => relay.pull.traffic.sending.has(repository.layerDigest),
  );
  held.resolve(undefined);
  assertEquals(await asking, repository.layerDigest);
  assertEquals(timesAsked(repository), 1);
});

Deno.test("a pull that ends does not take from the other what both wait for", async () => {
  const repository = await scriptedRepository(SMALL);
  await using relay = await openedRelay(repository);
  const other = await openedPull(relay.relay, "registry.example/team/app:2");
  const held = Promise.withResolvers<undefined>();
  repository.onLayer = () => held.promise;
  const layer = layerOf(repository);
  const first = other.fetchAhead(layer, { signal });
  const second = relay.pull.fetchAhead(layer, { signal });
  await waitUntil("it is on its way", () => timesAsked(repository) === 1);
  await other[Symbol.asyncDispose]();
  held.resolve(undefined);
  await first;
  assertEquals(await second, true);
  assertEquals(timesAsked(repository), 1);
});

Deno.test("bytes that are others are not handed out from memory", async () => {
  const repository = await scriptedRepository(SMALL);
  await using relay = await openedRelay(repository);
  repository.layer.fill(0);
  assertEquals(await relay.pull.fetchAhead(layerOf(repository), { signal }), false);
});
