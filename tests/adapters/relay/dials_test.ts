import { delay } from "@std/async/delay";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Dials } from "../../../mod/adapters/relay/registries/dials.ts";
import { HostError } from "../../../mod/adapters/relay/registries/host_error.ts";
import { failureOf, noAbort, openTestRegistries } from "./opened.ts";
import { startScriptedHost } from "./scripted_host.ts";

const URL_OF_MIRROR = new URL("http://mirror.example:5000/v2/a/manifests/1");

/** Connections that a test lets through, at a time of the test's. */
function dialling() {
  const test = { ms: 0, dialled: 0, answer: (): Promise<void> => Promise.resolve() };
  const clock = { wallMs: () => 0, monotonicMs: () => test.ms };
  const dials = new Dials(clock, () => {
    test.dialled++;
    return test.answer();
  });
  const reach = (
    options: { readonly timeoutMs?: number | undefined; readonly signal?: AbortSignal } = {},
  ) => dials.reach(URL_OF_MIRROR, { timeoutMs: 10, signal: noAbort, ...options });
  return Object.assign(test, { reach });
}

Deno.test("a server is held to its limit, where there is one, and not at each request", async () => {
  const test = dialling();
  await test.reach({ timeoutMs: undefined });
  assertEquals(test.dialled, 0);
  await test.reach();
  await test.reach();
  assertEquals(test.dialled, 1);
  test.ms = 30_000;
  await test.reach();
  assertEquals(test.dialled, 2);
});

Deno.test("one that accepts no connection in time fails, and is not taken for there", async () => {
  const test = dialling();
  test.answer = () => new Promise(() => {});
  for (let times = 1; times <= 2; times++) {
    const { failure } = await assertRejects(() => test.reach(), HostError);
    assertEquals([failure.failure, failure.status, test.dialled], ["network", undefined, times]);
    assertStringIncludes(failure.text, "within 0.01 s (dial_timeout)");
  }
});

Deno.test("what else goes wrong is told by the request", async () => {
  const test = dialling();
  test.answer = () => Promise.reject(new Deno.errors.ConnectionRefused());
  await test.reach();
  await test.reach();
  assertEquals(test.dialled, 2);
});

Deno.test("a pull that is ended does not wait for a connection", async () => {
  const test = dialling();
  test.answer = () => new Promise(() => {});
  const ending = new AbortController();
  const reaching = test.reach({ timeoutMs: 60_000, signal: ending.signal });
  ending.abort(new Error("ended"));
  await assertRejects(() => reaching, Error, "ended");
});

Deno.test({
  name: "a mirror that accepts nothing is passed over after its dial_timeout, not a slow one",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const manifest = JSON.stringify({ config: {}, layers: [] });
    const script = () => new Response(manifest);
    await using registry = await startScriptedHost(script);
    await using deaf = await startDeaf();
    await using registries = await openTestRegistries();
    const describe = (url: string) =>
      registries.describe(
        "registry.example",
        `server = "${registry.url}"\n[host."${url}"]\ndial_timeout = "200ms"\n`,
      );
    const ask = async () => {
      const repository = await registries.open("registry.example/a:1");
      const { bytes } = await repository.manifest("GET", "1", { signal: noAbort });
      assertEquals(new TextDecoder().decode(bytes), manifest);
    };
    await describe(deaf.url);
    await ask();
    assertEquals(registry.seen.length, 1);

    await registries.describe(
      "alone.example",
      `server = "${deaf.url}"\ndial_timeout = "200ms"\n`,
    );
    const alone = await registries.open("alone.example/a:1");
    const { detail } = await failureOf(alone.manifest("GET", "1", { signal: noAbort }));
    assertStringIncludes(detail, "dial_timeout");

    await using slow = await startScriptedHost(async () => {
      await delay(500);
      return script();
    });
    await describe(slow.url);
    await ask();
    assertEquals([slow.seen.length, registry.seen.length], [1, 1]);
  },
});

/** A port with a full queue: the kernel drops what asks for a connection. */
async function startDeaf(): Promise<AsyncDisposable & { readonly url: string }> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0, tcpBacklog: 1 });
  const { port } = listener.addr;
  const waiting: Deno.Conn[] = [];
  const stop = new AbortController();
  for (let isFull = false; !isFull;) {
    const timer = setTimeout(() => stop.abort(), 1_000);
    await Deno.connect({ hostname: "127.0.0.1", port, signal: stop.signal })
      .then((connection) => waiting.push(connection), () => isFull = true);
    clearTimeout(timer);
  }
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]() {
      for (const connection of waiting) connection.close();
      listener.close();
      return Promise.resolve();
    },
  };
}
