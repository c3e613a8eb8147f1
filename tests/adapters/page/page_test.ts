import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { EventStreams, eventText, HEARTBEAT } from "../../../mod/adapters/page/event_stream.ts";
import type { PageChange, PageWhole } from "../../../mod/pure/page/page_view.ts";
import { sampleFleet } from "../../harness/fakes/sample_fleet.ts";
import { fill, type ServedPage, servePage } from "./served_page.ts";

Deno.test("nothing of the page may come from elsewhere, be framed, be guessed, or leave a trace", async () => {
  await using served = filled();
  const paths = [
    "",
    "page/page.css",
    "page/views.css",
    "page/main.js",
    "page/icon.svg",
    "page/fleet.json",
  ];
  for (const path of [...paths, "page/events", "page/node.json?name=none"]) {
    const { headers, body } = await fetch(served.url + path);
    await body?.cancel();
    const policy = headers.get("content-security-policy") ?? "";
    for (const rule of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"]) {
      assertStringIncludes(policy, rule);
    }
    assertEquals(policy.includes("unsafe"), false);
    assertEquals(headers.get("x-content-type-options"), "nosniff");
    assertEquals(headers.get("referrer-policy"), "no-referrer");
    assertEquals(headers.get("set-cookie"), null);
    assertEquals(headers.get("access-control-allow-origin"), null);
  }
  const html = await (await fetch(served.url)).text();
  assertEquals([...html.matchAll(/<script(?! type="module" src=")|style=| on\w+=/g)].length, 0);
  assertEquals([...html.matchAll(/(?:src|href)="(?!page\/)/g)].length, 0);
});

Deno.test("it can be read alone; probes and metrics stay what they are", async () => {
  await using served = filled();
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
    const response = await fetch(served.url, { method });
    assertEquals([response.status, response.headers.get("allow")], [405, "GET, HEAD"]);
    await response.body?.cancel();
  }
  for (const path of ["", "page/fleet.json", "page/events"]) {
    const head = await fetch(served.url + path, { method: "HEAD" });
    assertEquals([head.status, await head.text()], [200, ""]);
  }
  assertEquals(await (await fetch(`${served.url}livez`)).text(), "ok\n");
  assertEquals((await (await fetch(`${served.url}readyz`)).json()).ready, true);
  assertStringIncludes(await (await fetch(`${served.url}metrics`)).text(), "# TYPE");
  for (const path of ["page/", "page/../controller.ts", "page/deno.json", "page/nothing.js", "x"]) {
    const response = await fetch(served.url + path);
    assertEquals(response.status, 404);
    await response.body?.cancel();
  }
});

Deno.test("what a browser has is not sent again, and what it takes packed is", async () => {
  await using served = filled();
  for (const path of ["page/main.js", "page/fleet.json"]) {
    const plain = await fetch(served.url + path, { headers: { "accept-encoding": "identity" } });
    assertEquals(plain.headers.get("content-encoding"), null);
    const text = await plain.text();
    const packed = await fetch(served.url + path, { headers: { "accept-encoding": "br, gzip" } });
    assertEquals(packed.headers.get("content-encoding"), "gzip");
    assertEquals(await packed.text(), text);
    const etag = packed.headers.get("etag") ?? "";
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`]) {
      const again = await fetch(served.url + path, { headers: { "if-none-match": known } });
      assertEquals([again.status, await again.text()], [304, ""]);
    }
    const other = await fetch(served.url + path, { headers: { "if-none-match": '"other"' } });
    assertEquals(other.status, 200);
    await other.body?.cancel();
  }
});

Deno.test("one node and one image are found by names of any characters", async () => {
  await using served = servePage();
  const name = `a&b=c#d/"é"\u202E:1`;
  const cell = { state: "failed", since: "?", reason: "denied: no" };
  const value = { v: 1, node: name, agent: "1", at: "?", images: { [name]: cell } } as const;
  served.bucket.put({ type: "report", value }, 0);
  for (const kind of ["node", "image"]) {
    const address = `${served.url}page/${kind}.json?${new URLSearchParams({ name })}`;
    const { cells } = await (await fetch(address)).json();
    assertEquals(cells, [{ name, state: "failed", reason: "denied: no" }]);
  }
});

Deno.test("an open page is told its version first, then each change as one of the next version", async () => {
  await using served = filled();
  const response = await fetch(`${served.url}page/events`);
  const events = eventsOf(response);
  const first = (await events.next()).value;
  assertEquals(first?.event, "version");
  const { run, version } = JSON.parse(first?.data ?? "");
  const whole: PageWhole = await (await fetch(`${served.url}page/fleet.json`)).json();
  assertEquals([whole.run, whole.version], [run, version]);
  for (let number = 1; number <= 50; number++) {
    const node = `new-${number}`;
    const value = { v: 1, node, agent: "1", at: "?", images: {} } as const;
    served.bucket.put({ type: "report", value }, performance.now());
  }
  const change: PageChange = JSON.parse((await nextOf(events, "change")).data);
  assertEquals([change.version, change.nodes.length], [version + 1, 50]);
  await events.return(undefined);
});

Deno.test("a page that reads too slowly costs no more memory, and is told that it missed some", async () => {
  const streams = new EventStreams();
  const reader = streams.open("")?.body?.getReader();
  const event = eventText("change", "x".repeat(100_000));
  for (let number = 0; number < 1_000; number++) streams.send(event);
  let [bytes, last] = [0, ""];
  for (; !last.startsWith("event: missed"); streams.send(HEARTBEAT)) {
    const { value } = await reader?.read() ?? {};
    bytes += value?.byteLength ?? 0;
    last = new TextDecoder().decode(value);
  }
  assert(bytes < 1_500_000, `${bytes} bytes were kept`);
  await reader?.read(); // the heartbeat
  streams.send(event);
  assertEquals((await reader?.read())?.value?.byteLength, event.length);
  await reader?.cancel();
  assertEquals(streams.size, 0);
});

Deno.test("a page that is closed is forgotten, and more than a limit are not served", async () => {
  const streams = new EventStreams();
  const open = [];
  for (let response = streams.open(""); response !== undefined; response = streams.open("")) {
    open.push(response);
  }
  assertEquals(open.length, 64);
  await open[0]?.body?.cancel();
  assertEquals(streams.size, 63);
  streams.close();
  assertEquals(streams.size, 0);
  await Promise.all(open.slice(1).map((response) => response.body?.cancel()));
});

function filled(): ServedPage {
  const served = servePage();
  fill(served, sampleFleet({ nodes: 3, images: 5, nowMs: Date.now() }));
  return served;
}

interface SentEvent {
  readonly event: string;
  readonly data: string;
}

async function* eventsOf(response: Response): AsyncGenerator<SentEvent, undefined> {
  let text = "";
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    const parts = text.split("\n\n");
    text = parts.pop() ?? "";
    for (const part of parts) {
      const event = /^event: (.*)$/m.exec(part)?.[1] ?? "";
      yield { event, data: /^data: (.*)$/m.exec(part)?.[1] ?? "" };
    }
  }
}

async function nextOf(events: AsyncIterator<SentEvent>, name: string): Promise<SentEvent> {
  for (;;) {
    const { value, done } = await events.next();
    if (done) throw new Error(`The stream ended without "${name}"`);
    if (value.event === name) return value;
  }
}
