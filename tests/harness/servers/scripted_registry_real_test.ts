import { assert, assertEquals, assertRejects } from "@std/assert";
import { sha256 } from "../images/image_layers.ts";
import { generatedLayer } from "./stored_blob.ts";
import { storedImage } from "./stored_image.ts";
import { makeCertificates } from "./certificates.ts";
import {
  type ScriptedFault,
  type ScriptedRegistry,
  type ScriptedRegistryOptions,
  startScriptedRegistry,
} from "./scripted_registry.ts";
import { waitUntil } from "../wait.ts";

const LAYER = generatedLayer({ name: "own", bytes: 3_000_000 });
const IMAGE = storedImage("test/app:1", [LAYER]);

async function start(options: ScriptedRegistryOptions = {}) {
  const registry = await startScriptedRegistry(options);
  registry.add("test/app:1", IMAGE);
  return registry;
}

function blobOf(registry: ScriptedRegistry, init: RequestInit & { client?: Deno.HttpClient } = {}) {
  return fetch(`${registry.url}/v2/test/app/blobs/${LAYER.digest}`, init);
}

Deno.test("a scripted registry serves an image, whole and in parts", async () => {
  await using registry = await start();
  const manifest = await fetch(`${registry.url}/v2/test/app/manifests/1`);
  assertEquals(manifest.headers.get("docker-content-digest"), IMAGE.manifest.digest);
  assertEquals((await manifest.json()).layers[0].digest, LAYER.digest);
  const whole = new Uint8Array(await (await blobOf(registry)).arrayBuffer());
  assertEquals(await sha256(whole), LAYER.digest);
  const part = await blobOf(registry, { headers: { range: "bytes=1000000-1999999" } });
  assertEquals(part.status, 206);
  assertEquals(part.headers.get("content-range"), `bytes 1000000-1999999/${LAYER.bytes}`);
  assertEquals(new Uint8Array(await part.arrayBuffer()), whole.slice(1_000_000, 2_000_000));
  const [, , last] = registry.requests();
  assertEquals(last?.range, { from: 1_000_000, end: 2_000_000 });
  assertEquals([last?.nth, last?.status, last?.sentBytes], [1, 206, 1_000_000]);
});

const BROKEN: readonly ScriptedFault[] = [
  { fault: "reset", afterBytes: 1000 },
  { fault: "wrong_length", byBytes: 5 },
];
for (const fault of BROKEN) {
  Deno.test(`a body with ${JSON.stringify(fault)} is no whole one`, async () => {
    await using registry = await start();
    registry.script = () => fault;
    const response = await blobOf(registry);
    await assertRejects(() => response.arrayBuffer(), TypeError);
    assertEquals((await healed(registry)).status, 200);
  });
}

async function healed(registry: ScriptedRegistry): Promise<Response> {
  registry.script = () => undefined;
  const response = await blobOf(registry);
  await response.arrayBuffer();
  return response;
}

Deno.test("a scripted registry lies as it is told", async () => {
  await using registry = await start();
  const told = async (fault: ScriptedFault) => {
    registry.script = () => fault;
    const response = await blobOf(registry, {
      headers: { range: "bytes=512-1023", "accept-encoding": "identity" },
      redirect: "manual",
    });
    const { status, headers } = response;
    const bytes = new Uint8Array(await response.arrayBuffer());
    return { status, headers, bytes };
  };
  assertEquals((await told({ fault: "whole" })).bytes.length, LAYER.bytes);
  const other = await told({ fault: "other_range", from: 7, end: 9 });
  assertEquals(other.headers.get("content-range"), `bytes 7-8/${LAYER.bytes}`);
  const right = LAYER.read(512, 1024);
  assertEquals((await told({ fault: "wrong_bytes" })).bytes, right.map((each) => each ^ 0xff));
  assertEquals((await told({ fault: "wrong_length", byBytes: -12 })).bytes.length, 500);
  assertEquals((await told({ fault: "encoded" })).headers.get("content-encoding"), "gzip");
  const moved = await told({ fault: "redirect", status: 307, location: "/elsewhere" });
  assertEquals([moved.status, moved.headers.get("location")], [307, "/elsewhere"]);
  const busy = await told({ fault: "status", status: 429, headers: { "retry-after": "7" } });
  assertEquals([busy.status, busy.headers.get("retry-after")], [429, "7"]);
  const bare = await told({ fault: "headers", headers: { "content-length": undefined, x: "y" } })
    .catch(() => undefined); // without a length the body ends with the connection
  assertEquals(bare?.headers.get("x"), "y");
  const chunked = await told({ fault: "chunked" });
  assertEquals([chunked.headers.get("content-length"), chunked.bytes], [null, right]);
  assertEquals((await told({ fault: "goes_on", bytes: 9 })).bytes, right);
});

Deno.test("a scripted registry hangs until the client goes", async () => {
  await using registry = await start();
  registry.script = () => ({ fault: "hang" });
  await assertRejects(() => blobOf(registry, { signal: AbortSignal.timeout(100) }));
  registry.script = () => ({ fault: "hang", afterBytes: 100 });
  const response = await blobOf(registry);
  const reader = response.body?.getReader();
  assertEquals((await reader?.read())?.value?.length, 100);
  await reader?.cancel();
  await waitUntil("it has noticed", () => registry.requests().every(({ isOver }) => isOver));
});

Deno.test("tokens are for one repository, and for so many requests", async () => {
  await using registry = await start({ tokens: { uses: 2, expiresInSeconds: 90 } });
  const refused = await blobOf(registry);
  await refused.body?.cancel();
  const challenge = refused.headers.get("www-authenticate") ?? "";
  const [, realm = "", scope = ""] = /realm="([^"]+)".*scope="([^"]+)"/.exec(challenge) ?? [];
  const statuses = async (scope: string) => {
    const { token } = await (await fetch(`${realm}?scope=${scope}`)).json();
    const headers = { authorization: `Bearer ${token}` };
    const answers: number[] = [];
    for (let i = 0; i < 3; i++) {
      const response = await blobOf(registry, { headers, method: "HEAD" });
      answers.push(response.status);
    }
    return answers;
  };
  assertEquals(await statuses(scope), [200, 200, 401]);
  assertEquals(await statuses("repository:test/other:pull"), [401, 401, 401]);
});

Deno.test("storage wants its signature, which ends, and no login besides", async () => {
  await using registry = await start({ storage: { uses: 1 } });
  const moved = await blobOf(registry, { redirect: "manual" });
  await moved.body?.cancel();
  const location = moved.headers.get("location") ?? "";
  const ask = async (headers: HeadersInit = {}) => {
    const response = await fetch(location, { headers });
    await response.body?.cancel();
    return response.status;
  };
  assertEquals(await ask({ authorization: "Basic eA==" }), 400);
  assertEquals([await ask(), await ask()], [200, 403]);
});

Deno.test("TLS, certificates of clients and HTTP/2", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const { caFile, certFile, keyFile } = await makeCertificates(folder);
    const read = (file: string) => Deno.readTextFile(file);
    const [ca, cert, key] = await Promise.all([caFile, certFile, keyFile].map(read));
    assert(ca !== undefined && cert !== undefined && key !== undefined);
    {
      await using registry = await start({ tls: { cert, key, clientCa: ca } });
      using stranger = Deno.createHttpClient({ caCerts: [ca] });
      await assertRejects(() => blobOf(registry, { client: stranger }), TypeError);
      using known = Deno.createHttpClient({ caCerts: [ca], cert, key });
      assertEquals((await (await blobOf(registry, { client: known })).bytes()).length, LAYER.bytes);
    }
    await using registry = await start({ tls: { cert, key }, http2: true });
    using client = Deno.createHttpClient({ caCerts: [ca] });
    const both = await Promise.all([blobOf(registry, { client }), blobOf(registry, { client })]);
    for (const each of both) assertEquals((await each.bytes()).length, LAYER.bytes);
    assertEquals(new Set(registry.requests().map(({ connection }) => connection)).size, 1);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a registry that refuses can be let in again on the same port", async () => {
  await using registry = await start();
  await registry.refuse();
  await assertRejects(() => blobOf(registry), TypeError);
  await registry.accept();
  assertEquals((await (await blobOf(registry)).bytes()).length, LAYER.bytes);
});
