import { assert, assertEquals, assertRejects } from "@std/assert";
import { never } from "../../harness/signals.ts";
import {
  answerOf,
  bodyOf,
  digestOf,
  openedRelay,
  refusal,
  scriptedRepository,
} from "./scripted_repository.ts";

const LARGE = 41_000_001;
const SMALL = 300_000;

async function bytesAt(url: string, headers: HeadersInit = {}) {
  const response = await fetch(url, { headers });
  return { response, bytes: new Uint8Array(await response.arrayBuffer()) };
}

Deno.test("a large layer comes in parts over several connections, and is the same", async () => {
  const repository = await scriptedRepository(LARGE);
  await using relay = await openedRelay(repository);
  let open = 0;
  let most = 0;
  repository.onLayer = async (part) => {
    most = Math.max(most, ++open);
    await new Promise((resolve) => setTimeout(resolve, 20));
    open--;
    return answerOf(repository.layer, part);
  };
  const { bytes } = await bytesAt(`${relay.url}/blobs/${repository.layerDigest}`);
  assertEquals(await digestOf(bytes), repository.layerDigest);
  assert(most > 2 && most <= 8, String(most));
  assertEquals(relay.pull.traffic.arrivedBytes, LARGE);
  assertEquals(relay.pull.traffic.deliveredBytes, LARGE);
  assertEquals(relay.pull.traffic.sending.size, 0);
});

Deno.test("a server without ranges is asked for the layer as a whole", async () => {
  const repository = await scriptedRepository(LARGE);
  await using relay = await openedRelay(repository);
  repository.onLayer = () => answerOf(repository.layer);
  const { bytes } = await bytesAt(`${relay.url}/blobs/${repository.layerDigest}`);
  assertEquals(await digestOf(bytes), repository.layerDigest);
  assertEquals(repository.asked.filter((each) => each.startsWith("blobs/")).length, 1);
});

Deno.test("a server that loses its ranges on the way goes on as a whole", async () => {
  const repository = await scriptedRepository(LARGE);
  await using relay = await openedRelay(repository);
  repository.onLayer = (part) =>
    answerOf(repository.layer, (part?.from ?? 0) > 20_000_000 ? undefined : part);
  const { bytes } = await bytesAt(`${relay.url}/blobs/${repository.layerDigest}`);
  assertEquals(await digestOf(bytes), repository.layerDigest);
});

Deno.test("a part that breaks is fetched from where it broke, and refused ones again", async () => {
  const repository = await scriptedRepository(LARGE);
  await using relay = await openedRelay(repository);
  let count = 0;
  repository.onLayer = (part) => {
    if (part === undefined) return undefined;
    count++;
    if (count % 3 === 1) throw refusal(503, "server_error");
    if (count % 3 === 2) return undefined;
    const half = { from: part.from, end: part.from + Math.ceil((part.end - part.from) / 2) };
    return { ...answerOf(repository.layer, half), length: part.end - part.from };
  };
  const { bytes } = await bytesAt(`${relay.url}/blobs/${repository.layerDigest}`);
  assertEquals(await digestOf(bytes), repository.layerDigest);
  assertEquals(relay.pull.traffic.arrivedBytes, LARGE); // nothing twice
});

Deno.test("other bytes than those asked for are never passed on", async () => {
  const repository = await scriptedRepository(LARGE);
  await using relay = await openedRelay(repository);
  repository.onLayer = (part) => {
    if (part?.from === 0) return undefined;
    return { ...answerOf(repository.layer, part), from: (part?.from ?? 0) + 1 };
  };
  await assertRejects(() => bytesAt(`${relay.url}/blobs/${repository.layerDigest}`));
  assertEquals(relay.pull.traffic.failure?.failure, "bad_content");
  const again = await bytesAt(`${relay.url}/blobs/${repository.layerDigest}`);
  assert(!again.response.ok);
});

Deno.test("a layer of another length than the manifest says is an error, not an end", async () => {
  const repository = await scriptedRepository(SMALL);
  await using relay = await openedRelay(repository);
  repository.onLayer = () => answerOf(repository.layer.slice(0, SMALL - 1));
  const { response } = await bytesAt(`${relay.url}/blobs/${repository.layerDigest}`);
  assertEquals(response.status, 502);
  assertEquals(relay.pull.traffic.failure?.failure, "bad_content");
});

Deno.test("a body that ends too early over and over breaks the runtime's connection", async () => {
  const repository = await scriptedRepository(SMALL);
  await using relay = await openedRelay(repository);
  let tries = 0;
  repository.onLayer = (part) => {
    tries++;
    const { from, end } = part ?? { from: 0, end: SMALL };
    const bytes = tries === 1 ? repository.layer.slice(0, 1000) : new Uint8Array();
    return { from, length: end - from, body: bodyOf(bytes, { breaks: true }), brokeOff() {} };
  };
  await assertRejects(() => bytesAt(`${relay.url}/blobs/${repository.layerDigest}`));
  assertEquals(relay.pull.traffic.failure?.failure, "network");
});

Deno.test("ranges of the runtime are honoured, and impossible ones refused", async () => {
  const repository = await scriptedRepository(SMALL);
  await using relay = await openedRelay(repository);
  const url = `${relay.url}/blobs/${repository.layerDigest}`;
  const rest = await bytesAt(url, { range: "bytes=1000-" });
  assertEquals(rest.response.status, 206);
  assertEquals(rest.response.headers.get("content-range"), `bytes 1000-${SMALL - 1}/${SMALL}`);
  assertEquals(await digestOf(rest.bytes), await digestOf(repository.layer.slice(1000)));
  const middle = await bytesAt(url, { range: "bytes=5-9" });
  assertEquals(middle.bytes, repository.layer.slice(5, 10));
  const none = await bytesAt(url, { range: `bytes=${SMALL}-` });
  assertEquals(none.response.status, 416);
  assertEquals(none.response.headers.get("content-range"), `bytes */${SMALL}`);
  const head = await fetch(url, { method: "HEAD" });
  assertEquals(head.headers.get("content-length"), String(SMALL));
});

Deno.test("what the registry refuses, the runtime is told at once, and asks for in vain", async () => {
  const repository = await scriptedRepository(SMALL);
  await using relay = await openedRelay(repository);
  repository.onLayer = () => {
    throw refusal(404, "not_found");
  };
  const url = `${relay.url}/blobs/${repository.layerDigest}`;
  assertEquals((await bytesAt(url)).response.status, 404);
  const asked = repository.asked.length;
  assertEquals((await bytesAt(url)).response.status, 404);
  assertEquals(repository.asked.length, asked);
  assertEquals(relay.pull.traffic.failure?.failure, "not_found");
});

Deno.test("what was fetched ahead is there at once, and asked for once", async () => {
  const repository = await scriptedRepository(SMALL);
  await using relay = await openedRelay(repository);
  const blob = { digest: repository.layerDigest, bytes: SMALL, mediaType: "l" };
  assert(await relay.pull.fetchAhead([blob], { signal: never() }));
  assertEquals(relay.pull.traffic.arrivedBytes, SMALL);
  const asked = repository.asked.length;
  const { bytes } = await bytesAt(`${relay.url}/blobs/${repository.layerDigest}`);
  assertEquals(await digestOf(bytes), repository.layerDigest);
  assertEquals(repository.asked.length, asked);
});

Deno.test("what is too large to be fetched ahead is left to the runtime", async () => {
  const repository = await scriptedRepository(SMALL);
  await using relay = await openedRelay(repository);
  const blob = { digest: repository.layerDigest, bytes: 17 * 2 ** 20, mediaType: "l" };
  assert(!await relay.pull.fetchAhead([blob], { signal: never() }));
  assertEquals(relay.pull.traffic.arrivedBytes, 0);
});

Deno.test("while paused nothing arrives, and afterwards all does", async () => {
  const repository = await scriptedRepository(SMALL);
  await using relay = await openedRelay(repository);
  relay.relay.pause(true);
  const coming = bytesAt(`${relay.url}/blobs/${repository.layerDigest}`);
  while (relay.pull.traffic.firstRequestAt === undefined) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assertEquals(relay.pull.traffic.arrivedBytes, 0);
  relay.relay.pause(false);
  assertEquals((await coming).bytes.length, SMALL);
});

Deno.test("nobody gets anything without the whole of a pull's name", async () => {
  const repository = await scriptedRepository(SMALL);
  await using relay = await openedRelay(repository);
  const { origin, pathname } = new URL(relay.url);
  const wrong = pathname.replace(/^\/./, (start) => start === "/0" ? "/1" : "/0");
  const blob = `blobs/${repository.layerDigest}`;
  const requests: [path: string, method?: string][] = [
    ["/"],
    ["/v2/"],
    [`${wrong}/${blob}`],
    [`${pathname.replace("team/app", "team/other")}/${blob}`],
    [`${pathname}/tags/list`],
    [`${pathname}/${blob}`, "DELETE"],
    [`${wrong}/${blob}`, "DELETE"],
  ];
  for (const [path, method = "GET"] of requests) {
    const response = await fetch(origin + path, { method });
    assertEquals([response.status, await response.text()], [404, ""], path);
  }
});

Deno.test("a pull's name ends with it, and so do its connections and its folder", async () => {
  const repository = await scriptedRepository(SMALL);
  await using relay = await openedRelay(repository);
  repository.onLayer = (_part, signal) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  const url = `${relay.url}/blobs/${repository.layerDigest}`;
  const hanging = fetch(url).then((response) => response.bytes()).then(
    () => "whole",
    () => "broken",
  );
  while (relay.pull.traffic.firstRequestAt === undefined) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await relay.pull[Symbol.asyncDispose]();
  assertEquals(await hanging, "broken");
  const after = await fetch(url);
  assertEquals([after.status, await after.text()], [404, ""]);
  await assertRejects(() => Deno.stat(relay.pull.hostsDir), Deno.errors.NotFound);
});
