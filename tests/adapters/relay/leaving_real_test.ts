import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async/delay";
import { waitUntil } from "../../harness/wait.ts";
import { openBlob } from "../../../mod/adapters/relay/blobs/blob_stream.ts";
import { ConnectionBudget } from "../../../mod/adapters/relay/blobs/connection_budget.ts";
import { Intake } from "../../../mod/adapters/relay/blobs/intake.ts";
import { PauseGate } from "../../../mod/adapters/relay/blobs/pause_gate.ts";
import { openTestRegistries } from "./opened.ts";
import { LARGE as LARGE_IMAGE, startImages } from "./relayed_pulls.ts";
import { answerOf, openedRelay, scriptedRepository } from "./scripted_repository.ts";

const LARGE = 41_000_001;
const [LAYER = { digest: "", bytes: 0 }] = LARGE_IMAGE.layers;
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

Deno.test("a runtime that goes lets go of the registry and of its connections", async (t) => {
  await using registry = await startImages();
  await using registries = await openTestRegistries();
  const repository = await registries.open(`${registry.host}/test/large:1`);
  await using relay = await openedRelay(repository);
  const url = `${relay.url}/blobs/${LAYER.digest}`;
  const open = () =>
    registry.requests().filter(({ target, isOver }) => target === LAYER.digest && !isOver).length;
  const hang = (afterBytes?: number) => {
    registry.script = ({ target }) => {
      if (target !== LAYER.digest) return undefined;
      return { fault: "hang", ...(afterBytes !== undefined && { afterBytes }) };
    };
  };

  for (const time of ["first", "second"]) {
    await t.step(`before the first byte, the ${time} time`, async () => {
      hang();
      const leaving = new AbortController();
      const asked = fetch(url, { signal: leaving.signal }).then(() => "answered", () => "left");
      await waitUntil("the registry is asked", () => open() > 0);
      leaving.abort();
      assertEquals(await asked, "left");
      await waitUntil("the registry is let go", () => open() === 0);
    });

    await t.step(`in the middle, the ${time} time`, async () => {
      hang(1000);
      const leaving = new AbortController();
      const { body } = await fetch(url, { signal: leaving.signal });
      await body?.getReader().read();
      await waitUntil("all connections are taken", () => open() === 8);
      leaving.abort();
      await waitUntil("the registry is let go", () => open() === 0);
      await waitUntil("nothing is sent", () => relay.pull.traffic.sending.size === 0);
    });
  }

  registry.script = () => undefined;
  assertEquals((await (await fetch(url)).bytes()).length, LAYER.bytes);
  assertEquals(relay.pull.traffic.failure, undefined);
});

Deno.test("a blob that nobody came to read is let go, large or small", async () => {
  for (const bytes of [LARGE, 1000]) {
    const repository = await scriptedRepository(bytes);
    let isOpen = true;
    repository.onLayer = (part) => {
      const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
        cancel: () => void (isOpen = false),
      });
      return { ...answerOf(repository.layer, part), body };
    };
    const intake = new Intake({
      gate: new PauseGate(),
      rate: undefined,
      connections: new ConnectionBudget(8),
    });
    const source = { repository, digest: repository.layerDigest, bytes, intake };
    const leaving = new AbortController();
    await openBlob(source, { from: 0, end: bytes }, leaving.signal);
    leaving.abort(new Error("gone"));
    await waitUntil("it is let go", () => !isOpen);
  }
});

/** Waits until a number has not changed for a while. */
async function untilStill(count: () => number): Promise<void> {
  for (let before = -1; before !== count();) {
    before = count();
    await delay(200);
  }
}
