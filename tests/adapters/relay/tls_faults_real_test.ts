import { assert, assertEquals } from "@std/assert";
import { assertFailed } from "../../harness/asserts.ts";
import { makeCertificates } from "../../harness/servers/certificates.ts";
import { type HostTarget, mapHost } from "../../harness/servers/hosts_dir.ts";
import type { ScriptedRequest } from "../../harness/servers/scripted_registry.ts";
import { realTest } from "../../harness/servers/skipping.ts";
import { LARGE, pairsForRelay, SMALL, startImages, startRelayedPulls } from "./relayed_pulls.ts";

const NAME = "registry.example";
const REFERENCE = `${NAME}/test/large:1`;

const isLayer = ({ target }: ScriptedRequest) => target === LARGE.layers[0]?.digest;

for (const pair of await pairsForRelay()) {
  realTest(`${pair.name}: pulls with TLS`, pair.reason, async (t) => {
    const folder = await Deno.makeTempDir({ prefix: "warm-images-tls-" });
    await using _folder = { [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
    const files = await makeCertificates(folder);
    const read = (file: string) => Deno.readTextFile(file);
    const [ca, cert, key] = [
      await read(files.caFile),
      await read(files.certFile),
      await read(files.keyFile),
    ];
    await using pulls = await startRelayedPulls(pair);
    const map = (target: HostTarget) => mapHost(pulls.containerd.hostsDir, NAME, target);

    await t.step(
      "of an authority of their own, over HTTP/1.1 where HTTP/2 is offered",
      async () => {
        await using registry = await startImages({ tls: { cert, key }, http2: true });
        await map({ url: registry.url, caFile: files.caFile });
        await pulls.assertPulls(REFERENCE, LARGE);
        const connections = new Set(
          registry.requests().filter(isLayer).map(({ connection }) => connection),
        );
        assert(connections.size >= 4, `${connections.size} connections`);
        await pulls.removeAll();
      },
    );

    await t.step("and a certificate of the node's", async () => {
      await using registry = await startImages({ tls: { cert, key, clientCa: ca } });
      await map({ url: registry.url, caFile: files.caFile });
      assertFailed(await pulls.pull(REFERENCE), "network");
      assertEquals(registry.requests().length, 0);
      await map({
        url: registry.url,
        caFile: files.caFile,
        client: { certFile: files.certFile, keyFile: files.keyFile },
      });
      await pulls.assertPulls(REFERENCE, LARGE);
      await pulls.removeAll();
    });

    await t.step("that is not to be trusted, and fail", async () => {
      await using registry = await startImages({ tls: { cert, key } });
      await map({ url: registry.url });
      assertFailed(await pulls.pull(`${NAME}/test/small:1`), "network");
      assertEquals(registry.requests().length, 0);
    });

    await t.step("to which a redirect leads", async () => {
      await using storage = await startImages({ tls: { cert, key } });
      await using registry = await startImages();
      const layer = SMALL.layers[0]?.digest ?? "";
      registry.script = ({ target }) =>
        target === layer
          ? {
            fault: "redirect",
            status: 307,
            location: `${storage.url}/v2/test/small/blobs/${layer}`,
          }
          : undefined;
      await map({ url: registry.url });
      const detail = assertFailed(await pulls.pull(`${NAME}/test/small:1`), "network");
      assert(detail.includes(storage.host), detail);
    });
  });
}
