import { assert, assertEquals } from "@std/assert";
import { waitUntil } from "../../harness/wait.ts";
import { answerOf, openedRelay, scriptedRepository } from "./scripted_repository.ts";

const LARGE = 41_000_001;

Deno.test("when the runtime goes in the middle, all parts end, and it may come again", async () => {
  const repository = await scriptedRepository(LARGE);
  await using relay = await openedRelay(repository);
  const open = new Set<ReadableStream>();
  repository.onLayer = (part) => {
    const answer = answerOf(repository.layer, part);
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => controller.enqueue(repository.layer.slice(0, 1000)),
      cancel: () => void open.delete(body),
    });
    open.add(body);
    return { ...answer, body };
  };
  const url = `${relay.url}/blobs/${repository.layerDigest}`;
  const { body } = await fetch(url);
  const reader = body?.getReader();
  await reader?.read();
  assert(relay.pull.traffic.sending.has(repository.layerDigest));
  await reader?.cancel();
  await waitUntil("all parts have ended", () => open.size === 0);
  await waitUntil("nothing is sent", () => relay.pull.traffic.sending.size === 0);
  repository.onLayer = () => undefined;
  assertEquals((await (await fetch(url)).bytes()).length, LARGE);
  assertEquals(relay.pull.traffic.failure, undefined);
});
