import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { assertFailed } from "../../harness/asserts.ts";
import { freePort } from "../../harness/ports.ts";
import { makeCertificates } from "../../harness/servers/certificates.ts";
import { mapHost } from "../../harness/servers/hosts_dir.ts";
import type {
  Script,
  ScriptedFault,
  ScriptedRegistry,
  ScriptedRegistryOptions,
  ScriptedRequest,
} from "../../harness/servers/scripted_registry.ts";
import { realTest } from "../../harness/servers/skipping.ts";
import { LARGE, pairsForRelay, startImages, startRelayedPulls } from "./relayed_pulls.ts";

const NAME = "registry.example";
const DIGEST = LARGE.layers[0]?.digest ?? "";
const BLOB = `/storage/${DIGEST}`;

const isLayer = ({ kind, target }: ScriptedRequest) => kind === "blobs" && target === DIGEST;
const isPart = ({ kind, range }: ScriptedRequest) => kind === "storage" && range !== undefined;

type Status = (ScriptedFault & { readonly fault: "redirect" })["status"];

const redirect = (location: string | undefined, status: Status = 307): ScriptedFault => ({
  fault: "redirect",
  status,
  location,
});

const leading = (location: string | undefined, status?: Status): Script => (request) =>
  isLayer(request) ? redirect(location, status) : undefined;

/** So many redirects within the registry, and then to `location`. */
const throughHops = (hops: number, location: string): Script => (request) => {
  if (isLayer(request)) return redirect(hops > 1 ? "/hop/2" : location);
  const hop = Number(/^\/hop\/(\d+)$/.exec(request.path)?.[1] ?? NaN);
  if (Number.isNaN(hop)) return undefined;
  return redirect(hop < hops ? `/hop/${hop + 1}` : location);
};

// What the relay makes of an answer is the same whatever containerd asks it.
for (const pair of (await pairsForRelay()).filter(({ version }) => version === "2.3")) {
  realTest(`${pair.name}: redirects of a layer`, pair.reason, async (t) => {
    await using pulls = await startRelayedPulls(pair);
    const { hostsDir } = pulls.containerd;
    const step = (
      what: string,
      fn: (
        registry: ScriptedRegistry,
        storage: ScriptedRegistry,
        reference: string,
      ) => Promise<void>,
    ) =>
      t.step(what, async () => {
        await using storage = await startImages();
        await using registry = await startImages();
        const reference = `${registry.host}/test/large:1`;
        await fn(registry, storage, reference);
        await pulls.assertNothingLeft(reference);
        await pulls.removeAll();
      });
    const assertFollowed = async (registry: ScriptedRegistry, at: ScriptedRegistry) => {
      registry.forgetRequests();
      await pulls.assertPulls(`${registry.host}/test/large:1`, LARGE);
      await pulls.removeAll();
      const parts = at.requests().filter(isPart);
      assert(parts.length >= 8, `${parts.length} parts`);
      const led = registry.requests().filter(isLayer).length;
      assert(led <= 2, `the registry was asked ${led} times`);
    };

    for (const status of [301, 302, 303, 307, 308] as const) {
      await step(`with ${status} are followed`, async (registry, storage) => {
        registry.script = leading(`${storage.url}${BLOB}`, status);
        await assertFollowed(registry, storage);
      });
    }

    await step("may be of any form", async (registry, storage) => {
      const forms = [
        BLOB,
        `../../../..${BLOB}`,
        `//${registry.host}${BLOB}?X-Signature=1%2F2&b=%20`,
        `HTTP://${registry.host}${BLOB}#part`,
      ];
      for (const form of forms) {
        registry.script = leading(form);
        await assertFollowed(registry, registry);
      }
      registry.script = throughHops(10, `${storage.url}${BLOB}`);
      await assertFollowed(registry, storage);
    });

    await step("of its manifest are followed", async (registry, storage, reference) => {
      registry.script = ({ kind, path }) =>
        kind === "manifests" ? redirect(`${storage.url}${path}`) : undefined;
      await pulls.assertPulls(reference, LARGE);
    });

    await step("to a host that is down are asked for anew", async (registry, storage) => {
      const down = `http://127.0.0.1:${freePort()}/`;
      registry.script = (request) =>
        leading(request.nth < 2 ? down : `${storage.url}${BLOB}`)(request);
      await pulls.assertPulls(`${registry.host}/test/large:1`, LARGE);
      assertEquals(registry.requests().filter(isLayer).length, 3);
    });

    await step("to a host that goes in the middle, too", async (registry, storage) => {
      let closing: Promise<void> | undefined;
      registry.script = (request) =>
        closing === undefined ? leading(`${storage.url}${BLOB}`)(request) : undefined;
      storage.script = ({ kind, nth }) => {
        if (kind === "storage" && nth === 4) closing = storage.refuse();
        return undefined;
      };
      await pulls.assertPulls(`${registry.host}/test/large:1`, LARGE);
      await closing;
      assert(closing !== undefined);
    });

    await step(
      "of a mirror to a host that is down lead to the registry",
      async (registry, mirror) => {
        const down = `http://127.0.0.1:${freePort()}/`;
        mirror.script = leading(down);
        await mapHost(hostsDir, NAME, { url: mirror.url, server: registry.url });
        await pulls.assertPulls(`${NAME}/test/large:1`, LARGE);
        assert(mirror.requests().some(isLayer) && registry.requests().some(isLayer));
      },
    );

    await step(
      "that lead nowhere fail, and say who led there",
      async (registry, storage, reference) => {
        for (const location of [undefined, "file:///etc/passwd"]) {
          registry.script = leading(location);
          const own = assertFailed(await pulls.pull(reference), "server_error");
          assertStringIncludes(own, "does not say where to go", location);
        }
        registry.script = leading(`${storage.url}/hop/1`);
        storage.script = () => redirect("ftp://127.0.0.1/x");
        const further = assertFailed(await pulls.pull(reference), "server_error");
        assertStringIncludes(
          further,
          `sent on to ${storage.host}, which answered 307 and does not`,
        );
      },
    );

    await step("beyond ten fail", async (registry, storage, reference) => {
      registry.script = throughHops(11, `${storage.url}${BLOB}`);
      const detail = assertFailed(await pulls.pull(reference), "server_error");
      assertStringIncludes(detail, "redirects more than 10 times");
    });
  });

  realTest(`${pair.name}: a layer behind TLS`, pair.reason, async (t) => {
    const folder = await Deno.makeTempDir({ prefix: "warm-images-tls-" });
    await using _folder = { [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
    const files = await makeCertificates(folder);
    const [cert, key] = [
      await Deno.readTextFile(files.certFile),
      await Deno.readTextFile(files.keyFile),
    ];
    const tls = { cert, key };
    await using pulls = await startRelayedPulls(pair);
    const start = async (options: ScriptedRegistryOptions) => {
      const registry = await startImages(options);
      await mapHost(pulls.containerd.hostsDir, NAME, { url: registry.url, caFile: files.caFile });
      return registry;
    };
    const connections = (storage: ScriptedRegistry) =>
      new Set(storage.requests().filter(isPart).map(({ connection }) => connection)).size;
    const storages = [
      { what: "lies in storage with TLS", options: { tls }, several: true },
      { what: "lies in storage without", options: {}, several: true },
      { what: "lies in storage with HTTP/2", options: { tls, http2: true }, several: true },
      {
        what: "lies in storage with HTTP/2 alone",
        options: { tls, http2: "alone" },
        several: false,
      },
    ] as const;
    for (const { what, options, several } of storages) {
      await t.step(what, async () => {
        await using storage = await startImages(options);
        await using registry = await start({ tls });
        registry.script = leading(`${storage.url}${BLOB}`, 302);
        await pulls.assertPulls(`${NAME}/test/large:1`, LARGE);
        const count = connections(storage);
        assert(several ? count >= 4 : count === 1, `${count} connections`);
        await pulls.assertNothingLeft(`${NAME}/test/large:1`);
        await pulls.removeAll();
      });
    }

    await t.step("comes from a registry with HTTP/2 alone", async () => {
      await using _registry = await start({ tls, http2: "alone" });
      await pulls.assertPulls(`${NAME}/test/large:1`, LARGE);
      await pulls.removeAll();
    });
  });
}
