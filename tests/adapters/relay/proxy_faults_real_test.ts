import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { assertFailed } from "../../harness/asserts.ts";
import { freePort } from "../../harness/ports.ts";
import { makeCertificates } from "../../harness/servers/certificates.ts";
import { type ConnectProxy, startConnectProxy } from "../../harness/servers/connect_proxy.ts";
import { mapHost } from "../../harness/servers/hosts_dir.ts";
import type { ScriptedRegistry } from "../../harness/servers/scripted_registry.ts";
import { realTest } from "../../harness/servers/skipping.ts";
import {
  LARGE,
  pairsForRelay,
  type RelayedPulls,
  startImages,
  startRelayedPulls,
} from "./relayed_pulls.ts";

const NAME = "registry.example";
const STORAGE = "storage.example";
const REFERENCE = `${NAME}/test/large:1`;

/** A registry behind a proxy, with containerd and ctr in the same environment. */
interface Site extends AsyncDisposable {
  readonly pulls: RelayedPulls;
  /** Over TLS, as registry.example and storage.example, which nobody finds without the proxy. */
  readonly registry: ScriptedRegistry;
  readonly proxy: ConnectProxy;
}

async function startSite(
  pair: Parameters<typeof startRelayedPulls>[0],
  options: { readonly pullIdleTimeoutMs?: number } = {},
): Promise<Site> {
  await using starting = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "warm-images-proxy-" });
  starting.defer(() => Deno.remove(folder, { recursive: true }));
  const files = await makeCertificates(folder, [`DNS:${NAME}`, `DNS:${STORAGE}`]);
  const [cert, key] = [
    await Deno.readTextFile(files.certFile),
    await Deno.readTextFile(files.keyFile),
  ];
  const registry = starting.use(await startImages({ tls: { cert, key } }));
  const proxy = starting.use(startConnectProxy(registry.host));
  starting.use(setVariables({ HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url, NO_PROXY: "" }));
  const pulls = starting.use(await startRelayedPulls(pair, options));
  await mapHost(pulls.containerd.hostsDir, NAME, { url: `https://${NAME}`, caFile: files.caFile });
  const running = starting.move();
  return { pulls, registry, proxy, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** Sets variables of the environment until it is disposed; Deno reads proxies for each client anew. */
function setVariables(variables: Readonly<Record<string, string>>): Disposable {
  const before = Object.keys(variables).map((name) => [name, Deno.env.get(name)] as const);
  for (const [name, value] of Object.entries(variables)) Deno.env.set(name, value);
  return {
    [Symbol.dispose]() {
      for (const [name, value] of before) {
        if (value === undefined) Deno.env.delete(name);
        else Deno.env.set(name, value);
      }
    },
  };
}

const pairs = await pairsForRelay();

for (const pair of pairs) {
  realTest(`${pair.name}: pulls through a proxy, of`, pair.reason, async (t) => {
    await using site = await startSite(pair);
    const { pulls, registry, proxy } = site;
    const { hostsDir } = pulls.containerd;

    await t.step("parts that come from storage, over several connections", async () => {
      registry.script = ({ kind, target }) =>
        kind === "blobs" && target === LARGE.layers[0]?.digest
          ? { fault: "redirect", status: 307, location: `https://${STORAGE}/storage/${target}` }
          : undefined;
      await pulls.assertPulls(REFERENCE, LARGE);
      const [toRegistry, toStorage] = [NAME, STORAGE].map((name) =>
        proxy.asked().filter((wanted) => wanted === `${name}:443`).length
      );
      assert(toRegistry !== undefined && toRegistry > 0);
      assert(toStorage !== undefined && toStorage >= 4, `${toStorage} connections to storage`);
      assertEquals(proxy.asked().length, toRegistry + toStorage);
      await pulls.removeAll();
    });

    if (pair !== pairs[0]) return;

    await t.step("a registry without TLS, but not where NO_PROXY names it", async () => {
      await using clear = await startImages();
      // Not an address of this machine to us, and yet it leads here.
      const address = `http://0.0.0.0:${clear.host.split(":")[1]}`;
      await using clearProxy = startConnectProxy(clear.host);
      using _proxy = setVariables({ HTTP_PROXY: clearProxy.url });
      for (const exempt of ["", "0.0.0.0", address.replace("http://", "")]) {
        using _exempt = setVariables({ NO_PROXY: exempt });
        await using fresh = await startRelayedPulls(pair);
        await mapHost(fresh.containerd.hostsDir, NAME, { url: address });
        const before = clearProxy.asked().length;
        await fresh.assertPulls(REFERENCE, LARGE);
        const asked = clearProxy.asked().slice(before);
        assertEquals(asked.length > 0, exempt === "", exempt);
        assert(asked.every((wanted) => wanted.startsWith(`${address}/v2/`)), asked[0]);
      }
      await mapHost(hostsDir, NAME, { url: `https://${NAME}` });
    });
  });
}

for (const pair of pairs.filter(({ version }) => version === "2.3")) {
  realTest(`${pair.name}: a proxy`, pair.reason, async (t) => {
    await using site = await startSite(pair);
    const { pulls, registry, proxy } = site;
    const fails = async (says: string) => {
      const detail = assertFailed(await pulls.pull(REFERENCE), "network");
      assertStringIncludes(detail, NAME);
      assertStringIncludes(detail, says);
      assertEquals(registry.requests().length, 0);
      await pulls.assertNothingLeft(REFERENCE);
    };

    await t.step("that refuses is told apart from the registry", async () => {
      for (const status of [403, 502]) {
        proxy.script = () => ({ fault: "status", status });
        await fails("through the proxy");
      }
      proxy.script = () => ({ fault: "status", status: 407 });
      await fails("user and password");
      proxy.script = () => ({ fault: "cut", afterBytes: 0 });
      await fails("proxy");
    });

    await t.step("that drops its connections in the middle of parts is borne", async () => {
      let cut = 0;
      proxy.script = (_wanted, nth) => {
        if (nth % 2 === 0) return undefined;
        cut++;
        return { fault: "cut", afterBytes: 1_000_000 };
      };
      await pulls.assertPulls(REFERENCE, LARGE);
      assert(cut > 2, `${cut} connections were cut`);
      await pulls.assertNothingLeft(REFERENCE);
      await pulls.removeAll();
    });
  });

  realTest(
    `${pair.name}: a proxy that hangs ends a pull, and is told when down`,
    pair.reason,
    async () => {
      await using site = await startSite(pair, { pullIdleTimeoutMs: 2000 });
      const { pulls, registry, proxy } = site;
      proxy.script = () => ({ fault: "hang" });
      assertFailed(await pulls.pull(REFERENCE), "stalled");
      assertEquals(registry.requests().length, 0);
      proxy.script = () => undefined;
      await pulls.assertPulls(REFERENCE, LARGE);
      await pulls.removeAll();
      const gone = `127.0.0.1:${freePort()}`;
      using _gone = setVariables({ HTTPS_PROXY: `http://someone:s3cret@${gone}` });
      await using fresh = await startRelayedPulls(pair);
      await mapHost(fresh.containerd.hostsDir, NAME, { url: `https://${NAME}` });
      const detail = assertFailed(await fresh.pull(REFERENCE), "network");
      assertStringIncludes(detail, "HTTPS_PROXY");
      assert(!detail.includes("s3cret"), detail);
    },
  );
}
