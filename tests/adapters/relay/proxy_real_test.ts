import { assertEquals } from "@std/assert";
import { makeCertificates } from "../../harness/servers/certificates.ts";
import { startConnectProxy } from "../../harness/servers/connect_proxy.ts";
import { startScriptedHost } from "./scripted_host.ts";

const MANIFEST = '{"mediaType":"application/vnd.oci.image.manifest.v1+json"}';

Deno.test("registries are reached through the proxy of the environment, this machine never", async () => {
  const folder = await Deno.makeTempDir({ prefix: "warm-images-proxy-" });
  const tls = await makeCertificates(folder, ["DNS:registry.example"]);
  await using far = await startScriptedHost(() => new Response(MANIFEST), { tls });
  await using near = await startScriptedHost(() => new Response(MANIFEST));
  await using proxy = startConnectProxy(far.address);
  const hostsDir = await Deno.makeTempDir({ prefix: "warm-images-hosts-" });
  await Deno.mkdir(`${hostsDir}/registry.example`);
  await Deno.copyFile(tls.caFile, `${hostsDir}/registry.example/ca.crt`);
  const near1 = `${near.address}/app:1`;
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--no-check", "--import-map=tests/offline/import_map.json"],
      ...["tests/adapters/relay/proxy_child.ts", hostsDir, "registry.example/app:1", near1],
    ],
    // Deno itself would look for a newer version, through the proxy.
    env: {
      DENO_NO_UPDATE_CHECK: "1",
      HTTPS_PROXY: proxy.url,
      HTTP_PROXY: proxy.url,
      http_proxy: "",
      NO_PROXY: "",
    },
  });
  const { stdout, stderr } = await child.output();
  const lines = new TextDecoder().decode(stdout).trim().split("\n");
  assertEquals(
    lines,
    ["registry.example/app:1 got", `${near1} got`],
    new TextDecoder().decode(stderr),
  );
  assertEquals(proxy.asked(), ["registry.example:443"]);
  assertEquals([far.seen.length, near.seen.length], [1, 1]);
  await Deno.remove(folder, { recursive: true });
});
