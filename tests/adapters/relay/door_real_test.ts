import { assert, assertEquals, assertMatch } from "@std/assert";
import { abortable } from "../../../mod/async/abortable.ts";
import type { Answering } from "../../../mod/adapters/relay/door/conversation.ts";
import type { RelayRequest } from "../../../mod/adapters/relay/door/relay_answer.ts";
import { type DoorRules, serveRelay } from "../../../mod/adapters/relay/door/relay_server.ts";
import { waitUntil, within } from "../../harness/wait.ts";
import { connectRaw, type RawClient, requestFor } from "./raw_client.ts";
import { openedRelay, scriptedRepository } from "./scripted_repository.ts";

const NAME = "0123456789abcdef0123456789abcdef";
const BLOB = `/${NAME}/v2/team/app/blobs/sha256:1`;
const LARGE = 41_000_001;
const OK = new TextEncoder().encode("ok");

/** One pull that answers "ok" to everything, at once unless the test says when. */
function startServer({ mostStrangers = 100, firstMs = 60_000, idleMs = 60_000 } = {}) {
  const rules: DoorRules = { mostStrangers, patience: { firstMs, idleMs } };
  const seen: RelayRequest[] = [];
  const ended = new AbortController();
  const held: { until: (nth: number) => Promise<void> } = { until: () => Promise.resolve() };
  const sent: { body: Iterable<Uint8Array>; length: number } = { body: [OK], length: OK.length };
  const session: Answering = {
    ended: ended.signal,
    isOf: (repository) => repository === "team/app",
    async answer(_kind, _target, request) {
      seen.push(request);
      await abortable(held.until(seen.length), AbortSignal.any([request.signal, ended.signal]));
      return { status: 200, headers: { "content-length": `${sent.length}` }, body: sent.body };
    },
  };
  const server = serveRelay(new Map([[NAME, session]]), rules);
  return {
    seen,
    held,
    sent,
    port: server.port,
    end: () => ended.abort(new Error("over")),
    connect: () => connectRaw(server.port),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

const REFUSED = /^HTTP\/1\.1 404 \r\nconnection: close\r\ncontent-length: 0\r\n\r\n$/;
const answers = (count: number) => (text: string) => text.split("ok").length > count;

async function answerTo(server: { connect(): Promise<RawClient> }, text: string): Promise<string> {
  using client = await server.connect();
  await client.send(text);
  return await within(client.receive());
}

Deno.test("whatever is no request of a running pull is refused in one way, and let go", async () => {
  await using server = startServer();
  const sent: Record<string, string> = {
    "garbage": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n",
    "another name": requestFor(BLOB.replace("0", "1")),
    "another repository": requestFor(BLOB.replace("team/app", "team/other")),
    "another method": requestFor(BLOB, { method: "DELETE" }),
    "a body": `${requestFor(BLOB, { method: "GET", headers: "Content-Length: 3\r\n" })}abc`,
    "a body in chunks": requestFor(BLOB, { headers: "Transfer-Encoding: chunked\r\n" }),
    "a line that is no header": requestFor(BLOB, { headers: "what\r\n" }),
    "HTTP/2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "an unknown version": requestFor(BLOB, { version: "1.2" }),
    "a proxy's request": requestFor(`http://relay${BLOB}`),
    "two at once": requestFor("/") + requestFor(BLOB),
  };
  for (const [what, text] of Object.entries(sent)) {
    assertMatch(await answerTo(server, text), REFUSED, what);
  }
  assertEquals(server.seen, []);
});

Deno.test("a head without an end is read up to a few KB", async () => {
  await using server = startServer();
  const long = `GET ${BLOB} HTTP/1.1\r\n${"x-filler: 0123456789\r\n".repeat(100_000)}`;
  assertEquals(await answerTo(server, long), "");
});

Deno.test("one connection serves requests one after another, also those sent before an answer", async () => {
  await using server = startServer();
  using client = await server.connect();
  await client.send(requestFor(BLOB, { method: "HEAD", headers: "Range: bytes=0-5\r\n" }));
  assertEquals(await client.receive((text) => text.endsWith("\r\n\r\n")), OK_HEAD);
  await client.send(requestFor(`${BLOB}?ns=registry.example`) + requestFor(BLOB));
  assertEquals(await client.receive(answers(2)), `${OK_HEAD}${OK_HEAD}ok${OK_HEAD}ok`);
  const last = requestFor(BLOB, { method: "HEAD", headers: "Connection: close\r\n" });
  await client.send(last.slice(0, 20));
  await client.send(last.slice(20));
  assertEquals(await within(client.receive()), `${OK_HEAD}${OK_HEAD}ok${OK_HEAD}ok${OK_HEAD}`);
  assertEquals(server.seen.map(({ method }) => method), ["HEAD", "GET", "GET", "HEAD"]);
  assert(server.seen.every(({ signal }) => signal.aborted), "what was opened for them is let go");
  assertEquals(server.seen[0]?.range, "bytes=0-5");
});

const OK_HEAD = "HTTP/1.1 200 \r\ncontent-length: 2\r\n\r\n";

Deno.test("a client of HTTP/1.0 is answered and let go", async () => {
  await using server = startServer();
  assertEquals(await answerTo(server, requestFor(BLOB, { version: "1.0" })), `${OK_HEAD}ok`);
});

Deno.test("a client that sends no head in time is let go, however slowly it sends", async () => {
  await using server = startServer({ firstMs: 300 });
  using idle = await server.connect();
  using slow = await server.connect();
  for (const character of requestFor(BLOB).repeat(3)) {
    if (slow.isClosed) break;
    await slow.send(character);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assertEquals([await within(idle.receive()), await within(slow.receive())], ["", ""]);
});

Deno.test("an answer may take longer than a head, and a connection without requests is closed", async () => {
  await using server = startServer({ idleMs: 50 });
  const held = Promise.withResolvers<void>();
  server.held.until = (nth) => nth === 2 ? held.promise : Promise.resolve();
  using client = await server.connect();
  await client.send(requestFor(BLOB).repeat(2));
  await waitUntil("both are asked", () => server.seen.length === 2);
  await new Promise((resolve) => setTimeout(resolve, 200));
  held.resolve();
  assertEquals(await within(client.receive()), `${OK_HEAD}ok`.repeat(2));
});

Deno.test("the oldest of too many strangers leaves, and no client of a pull does", async () => {
  await using server = startServer({ mostStrangers: 3 });
  using known = await server.connect();
  await known.send(requestFor(BLOB));
  await known.receive(answers(1));
  const strangers: RawClient[] = [];
  for (let count = 0; count < 10; count++) {
    strangers.push(await server.connect());
    await strangers.at(-1)?.send(count % 2 === 0 ? "" : "GET / HT");
  }
  const areClosed = () => strangers.map(({ isClosed }) => isClosed);
  await waitUntil(
    "those before the last three have left",
    () => areClosed().slice(0, 7).every(Boolean),
  );
  using latecomer = await server.connect();
  await latecomer.send(requestFor(BLOB));
  assertEquals(await within(latecomer.receive(answers(1))), `${OK_HEAD}ok`);
  await known.send(requestFor(BLOB));
  assertEquals(await within(known.receive(answers(2))), `${OK_HEAD}ok`.repeat(2));
  assertEquals(areClosed().slice(8), [false, false]);
  for (const stranger of strangers) stranger[Symbol.dispose]();
});

Deno.test("a client that goes while it waits is noticed, and so is a pull that ends", async () => {
  await using server = startServer();
  server.held.until = () => new Promise(() => {});
  const client = await server.connect();
  using other = await server.connect();
  for (const each of [client, other]) await each.send(requestFor(BLOB));
  await waitUntil("both are asked", () => server.seen.length === 2);
  client[Symbol.dispose]();
  await waitUntil(
    "one is known to have gone",
    () => server.seen.some(({ signal }) => signal.aborted),
  );
  assertEquals(other.isClosed, false);
  server.end();
  assertEquals(await within(other.receive()), "");
});

Deno.test("a pull that ends does not wait for a client that takes nothing", async () => {
  await using server = startServer();
  let isReleased = false;
  server.sent.length = 1e9;
  server.sent.body = (function* () {
    try {
      for (;;) yield new Uint8Array(65_536);
    } finally {
      isReleased = true;
    }
  })();
  using client = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  await client.write(new TextEncoder().encode(requestFor(BLOB)));
  await waitUntil("it is asked", () => server.seen.length === 1);
  server.end();
  await waitUntil("the body is let go", () => isReleased);
});

Deno.test("a pull goes on while a scanner holds all it can get", async () => {
  const repository = await scriptedRepository(LARGE);
  await using relay = await openedRelay(repository);
  const port = Number(new URL(relay.url).port);
  const pulling = fetch(`${relay.url}/blobs/${repository.layerDigest}`)
    .then((response) => response.bytes());
  const scanners: RawClient[] = [];
  try {
    for (let count = 0; count < 1_000; count++) scanners.push(await connectRaw(port));
    const again = await fetch(`${relay.url}/blobs/${repository.layerDigest}`);
    assertEquals([(await pulling).length, (await again.bytes()).length], [LARGE, LARGE]);
    const open = () => scanners.filter(({ isClosed }) => !isClosed).length;
    await waitUntil("most have been let go", () => open() <= 512);
  } finally {
    for (const scanner of scanners) scanner[Symbol.dispose]();
  }
});
