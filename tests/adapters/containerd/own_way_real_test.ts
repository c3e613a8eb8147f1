import { assertEquals } from "@std/assert";
import { mapHost } from "../../harness/servers/containerd.ts";
import { startConnectProxy } from "../../harness/servers/connect_proxy.ts";
import { pushImage } from "../../harness/images/images.ts";
import { startRegistry } from "../../harness/servers/registry.ts";
import { realTest } from "../../harness/servers/skipping.ts";
import { assertFailed } from "../../harness/asserts.ts";
import { never } from "../../harness/signals.ts";
import { within } from "../../harness/wait.ts";
import { containerdPairs, startContainerdHarness } from "./harness.ts";

const HOST = "registry.example";
const REFERENCE = `${HOST}/test/app:1`;
const IMAGE = { repository: "test/app", tag: "1", layers: [{ name: "own", bytes: 200_000 }] };
/** The relay, which asks registries itself, has an environment of its own. */
const withRelay = false;

for (const pair of await containerdPairs()) {
  realTest(
    `${pair.name} trusts the authority ctr is given, beside others`,
    pair.reason,
    async () => {
      await using registry = await startRegistry({ tls: true });
      await using usual = await startRegistry({ tls: true });
      for (const each of [registry, usual]) await pushImage(each, IMAGE);
      await using folder = await folderOf(usual.caFile ?? "");
      // As in the agent's image, whose folder has the usual authorities.
      const others = { SSL_CERT_DIR: folder.path };
      const given = { ...others, SSL_CERT_FILE: registry.caFile ?? "" };
      for (const [env, trusted] of [[others, false], [given, true]] as const) {
        await using harness = await startContainerdHarness(pair, { env, withRelay });
        await mapHost(harness.containerd.hostsDir, HOST, { url: registry.url });
        await mapHost(harness.containerd.hostsDir, `usual.${HOST}`, { url: usual.url });
        const pull = (reference: string) =>
          within(harness.runtime.pull(reference, { signal: never() }));
        const outcome = await pull(REFERENCE);
        if (trusted) assertEquals(outcome.result, "pulled", JSON.stringify(outcome));
        else assertFailed(outcome, "network");
        assertEquals((await pull(`usual.${REFERENCE}`)).result, "pulled");
      }
    },
  );

  realTest(`${pair.name} reaches a registry by the proxy ctr is given`, pair.reason, async () => {
    await using registry = await startRegistry({ tls: [`DNS:${HOST}`, "IP:127.0.0.1"] });
    await using proxy = startConnectProxy(registry.host);
    await pushImage(registry, IMAGE);
    const { caFile = "" } = registry;
    const way = { HTTPS_PROXY: proxy.url, SSL_CERT_FILE: caFile };
    await using harness = await startContainerdHarness(pair, { env: way, withRelay });
    const outcome = await within(harness.runtime.pull(REFERENCE, { signal: never() }));
    assertEquals(outcome.result, "pulled", JSON.stringify(outcome));
    assertEquals(new Set(proxy.asked()), new Set([`${HOST}:443`]));

    const before = proxy.asked().length;
    const around = { withRelay, env: { ...way, NO_PROXY: `.svc,${HOST}` } };
    await using direct = await startContainerdHarness(pair, around);
    assertFailed(await within(direct.runtime.pull(REFERENCE, { signal: never() })), "network");
    assertEquals(proxy.asked().length, before, "what NO_PROXY names is not asked for there");
  });
}

/** A folder with a copy of a file. */
async function folderOf(file: string) {
  const path = await Deno.makeTempDir();
  await Deno.copyFile(file, `${path}/authority.crt`);
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
