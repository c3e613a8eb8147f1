import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { assertFailed } from "../../harness/asserts.ts";
import { type Certificates, makeCertificates } from "../../harness/servers/certificates.ts";
import { mapHost } from "../../harness/servers/hosts_dir.ts";
import type {
  ScriptedRegistry,
  ScriptedRegistryOptions,
  ScriptedRequest,
} from "../../harness/servers/scripted_registry.ts";
import { realTest } from "../../harness/servers/skipping.ts";
import { waitUntil } from "../../harness/wait.ts";
import { LARGE, pairsForRelay, SMALL, startImages, startRelayedPulls } from "./relayed_pulls.ts";

const NAME = "registry.example";
const REFERENCE = `${NAME}/test/large:1`;

/** A registry and its mirror, as hosts.toml of the node names them. */
async function startBoth(hostsDir: string) {
  await using starting = new AsyncDisposableStack();
  const mirror = starting.use(await startImages());
  const origin = starting.use(await startImages());
  await mapHost(hostsDir, NAME, { url: mirror.url, server: origin.url });
  const running = starting.move();
  return { mirror, origin, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

function bytesFrom(registry: ScriptedRegistry): number {
  return registry.requests().reduce((sum, { sentBytes }) => sum + sentBytes, 0);
}

const isLayer = ({ target }: ScriptedRequest) => target === LARGE.layers[0]?.digest;

const pairs = await pairsForRelay();

for (const pair of pairs) {
  realTest(`${pair.name}: with a mirror a pull`, pair.reason, async (t) => {
    await using pulls = await startRelayedPulls(pair);
    const { hostsDir } = pulls.containerd;
    const step = (
      what: string,
      fn: (both: Awaited<ReturnType<typeof startBoth>>) => Promise<void>,
    ) =>
      t.step(what, async () => {
        await pulls.removeAll();
        await using both = await startBoth(hostsDir);
        await fn(both);
        await pulls.assertNothingLeft(REFERENCE);
      });

    await step("asks the mirror alone while it has everything", async ({ mirror, origin }) => {
      await pulls.assertPulls(REFERENCE, LARGE);
      assertEquals(origin.requests().length, 0);
      assert(mirror.requests().every(({ path }) => path.includes(`ns=${NAME}`)));
    });

    await step("takes the registry while the mirror is down", async ({ mirror, origin }) => {
      await mirror.refuse();
      await pulls.assertPulls(REFERENCE, LARGE);
      assert(bytesFrom(origin) > 40_000_000);
    });

    await step("needs no registry while the mirror is up", async ({ origin }) => {
      await origin.refuse();
      await pulls.assertPulls(REFERENCE, LARGE);
    });

    await step(
      "goes on at the registry when the mirror goes in the middle",
      async ({ mirror, origin }) => {
        let closing: Promise<void> | undefined;
        mirror.script = (request) => {
          if (isLayer(request) && request.nth === 4) closing = mirror.refuse();
          return undefined;
        };
        await pulls.assertPulls(REFERENCE, LARGE);
        await closing;
        assert(closing !== undefined && bytesFrom(origin) > 0);
      },
    );

    await step("takes what the mirror lacks from the registry", async ({ mirror, origin }) => {
      mirror.script = (request) => isLayer(request) ? { fault: "status", status: 404 } : undefined;
      await pulls.assertPulls(REFERENCE, LARGE);
      assert(bytesFrom(origin) > 40_000_000);
    });

    await step(
      "with wrong bytes of the mirror fails, and is done by the registry next time",
      async ({ mirror, origin }) => {
        mirror.script = (request) => isLayer(request) ? { fault: "wrong_bytes" } : undefined;
        assertFailed(await pulls.pull(REFERENCE), "bad_content");
        assertEquals(origin.requests().length, 0);
        await pulls.assertNothingLeft(REFERENCE);
        await waitUntil("it has healed", async () => {
          return (await pulls.pull(REFERENCE)).result === "pulled";
        }, { everyMs: 500 });
        mirror.forgetRequests();
        await pulls.removeAll();
        await pulls.assertPulls(REFERENCE, LARGE);
        assertEquals(mirror.requests().length, 0);
      },
    );

    await step(
      "still asks a mirror that gave wrong bytes where the registry is down",
      async (both) => {
        const { mirror, origin } = both;
        mirror.script = (request) => isLayer(request) ? { fault: "wrong_bytes" } : undefined;
        assertFailed(await pulls.pull(REFERENCE), "bad_content");
        await pulls.assertNothingLeft(REFERENCE);
        mirror.script = () => undefined;
        await origin.refuse();
        await waitUntil("it has healed", async () => {
          return (await pulls.pull(REFERENCE)).result === "pulled";
        }, { everyMs: 500 });
      },
    );

    await step("of a small image with wrong bytes takes these from the registry", async (both) => {
      both.mirror.script = ({ target }) =>
        target === SMALL.layers[0]?.digest ? { fault: "wrong_bytes" } : undefined;
      const small = `${NAME}/test/small:1`;
      // Nothing is fetched ahead for a daemon 1.x: it is containerd that finds out, as with large ones.
      if (pair.version.startsWith("1.")) {
        assertFailed(await pulls.pull(small), "bad_content");
        await waitUntil("it has healed", async () => {
          return (await pulls.pull(small)).result === "pulled";
        }, { everyMs: 500 });
      } else await pulls.assertPulls(small, SMALL);
      assert(bytesFrom(both.origin) > 3_000_000);
    });

    await step("fails while all are down, and says which", async ({ mirror, origin }) => {
      await mirror.refuse();
      await origin.refuse();
      const detail = assertFailed(await pulls.pull(REFERENCE), "network");
      assert(detail.includes(mirror.host) && detail.includes(origin.host), detail);
    });
  });
}

for (const pair of pairs.filter(({ version }) => version === "2.3")) {
  realTest(`${pair.name}: the registry is taken in place of a mirror`, pair.reason, async (t) => {
    const folder = await Deno.makeTempDir({ prefix: "warm-images-tls-" });
    await using _folder = { [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
    const own = await makeCertificates(folder);
    const other = await makeCertificates(await Deno.makeTempDir({ dir: folder }), [
      "DNS:mirror.example",
    ]);
    const keysOf = async ({ certFile, keyFile }: Certificates) => ({
      cert: await Deno.readTextFile(certFile),
      key: await Deno.readTextFile(keyFile),
    });
    const [tls, otherTls] = [await keysOf(own), await keysOf(other)];
    await using pulls = await startRelayedPulls(pair);
    await using origin = await startImages();
    const step = (
      what: string,
      { mirror, says, caFile, url = (mirror) => mirror.url }: {
        readonly mirror: ScriptedRegistryOptions;
        /** What is told of the mirror when the registry is down as well. */
        readonly says: string;
        readonly caFile?: string;
        readonly url?: (mirror: ScriptedRegistry) => string;
      },
    ) =>
      t.step(what, async () => {
        await using wrong = await startImages(mirror);
        const target = { url: url(wrong), server: origin.url };
        await mapHost(pulls.containerd.hostsDir, NAME, {
          ...target,
          ...(caFile !== undefined && { caFile }),
        });
        await pulls.assertPulls(REFERENCE, LARGE);
        assertEquals(wrong.requests().length, 0);
        await pulls.removeAll();
        await origin.refuse();
        const detail = assertFailed(await pulls.pull(REFERENCE), "network");
        assertStringIncludes(detail, says);
        await origin.accept();
        await pulls.assertNothingLeft(REFERENCE);
      });

    await step("whose authority is unknown", { mirror: { tls }, says: "unknown authority" });
    await step("whose authority is another", {
      mirror: { tls },
      caFile: other.caFile,
      says: "cannot be trusted",
    });
    await step("whose certificate is for another name", {
      mirror: { tls: otherTls },
      caFile: other.caFile,
      says: "cannot be trusted",
    });
    await step("that speaks TLS alone", {
      mirror: { tls },
      url: ({ host }) => `http://${host}`,
      says: "gave no HTTP response",
    });
    await step("that wants a certificate of the node's", {
      mirror: { tls: { ...tls, clientCa: await Deno.readTextFile(own.caFile) } },
      caFile: own.caFile,
      says: "certificate of the client",
    });

    await t.step("that packs its layers", async () => {
      await using mirror = await startImages();
      mirror.script = (request) => isLayer(request) ? { fault: "encoded" } : undefined;
      await mapHost(pulls.containerd.hostsDir, NAME, { url: mirror.url, server: origin.url });
      origin.forgetRequests();
      await pulls.assertPulls(REFERENCE, LARGE);
      assert(mirror.requests().some(isLayer) && bytesFrom(origin) >= 40_000_000);
      assert(mirror.requests().filter(isLayer).length < 5, "it was asked over and over");
    });
  });
}
