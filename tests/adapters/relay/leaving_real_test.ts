import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async/delay";
import { waitUntil } from "../../harness/wait.ts";
import { answerOf, openedRelay, scriptedRepository } from "./scripted_repository.ts";

const LARGE = 41_000_001;
/** More than sockets hold. */
const OVER_ONE_CONNECTION = 30_000_000;

// A watch that goes on is a leak, which fails the test.
Deno.test("when the runtime reads no further and the pull ends, nothing of it goes on", async () => {
  const repository = await scriptedRepository(OVER_ONE_CONNECTION);
  await using relay = await openedRelay(repository);
  const open = new Set<ReadableStream>();
  repository.onLayer = (part) => {
    const answer = answerOf(repository.layer, part);
    const reader = answer.body.getReader();
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      async pull(controller) {
        const { value } = await reader.read();
        if (value !== undefined) return controller.enqueue(value);
        open.delete(body);
        controller.close();
      },
      cancel: () => void open.delete(body),
    }, { highWaterMark: 0 });
    open.add(body);
    return { ...answer, body };
  };
  const { hostname, port, pathname } = new URL(relay.url);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  const request = `GET ${pathname}/blobs/${repository.layerDigest} HTTP/1.1\r\nhost: x\r\n\r\n`;
  await connection.write(new TextEncoder().encode(request));
  await waitUntil("bytes are on their way", () => relay.pull.traffic.deliveredBytes > 0);
  await untilStill(() => relay.pull.traffic.deliveredBytes);
  assert(relay.pull.traffic.deliveredBytes < OVER_ONE_CONNECTION, "the connection holds some");
  await relay.pull[Symbol.asyncDispose]();
  await waitUntil("all bodies are given up", () => open.size === 0);
});

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

/** Waits until a number has not changed for a while. */
async function untilStill(count: () => number): Promise<void> {
  for (let before = -1; before !== count();) {
    before = count();
    await delay(200);
  }
}
