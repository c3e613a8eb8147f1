import { assertEquals } from "@std/assert";
import { startConnectProxy } from "../harness/servers/connect_proxy.ts";
import { availableContainerds, containerdNeedsRoot } from "../harness/servers/containerd.ts";
import { pushImage } from "../harness/images/images.ts";
import { startRegistry } from "../harness/servers/registry.ts";
import { startSite } from "../harness/servers/site.ts";
import { realTest } from "../harness/servers/skipping.ts";
import { waitUntil } from "../harness/wait.ts";

const HOST = "registry.example";

for (const version of availableContainerds()) {
  realTest(
    `on a node with containerd ${version} an image comes by the proxy that the agent was given`,
    containerdNeedsRoot(),
    async () => {
      await using site = await startSite({ version });
      await using registry = await startRegistry({ tls: [`DNS:${HOST}`, "IP:127.0.0.1"] });
      await using proxy = startConnectProxy(registry.host);
      const layers = [{ name: "app", bytes: 200_000 }];
      await pushImage(registry, { repository: "app", tag: "1", layers });
      const env = {
        HTTPS_PROXY: proxy.url,
        EXTRA_CA_CERTIFICATES: registry.caFile ?? "",
        DENO_NO_UPDATE_CHECK: "1", // `deno run` would ask its own site, by the proxy
      };
      const agent = await site.agent({ env });
      const controller = await site.controller({ env });
      await site.deploy("web", `${HOST}/app:1`);
      await waitUntil("the image is warm", () => site.isWarm(`${HOST}/app:1`));
      await waitUntil("both are ready", async () => {
        return await agent.ready() && await controller.ready();
      });
      assertEquals(new Set(proxy.asked()), new Set([`${HOST}:443`]), "and nothing else");
      const askers = registry.requests().map(({ userAgent }) => userAgent);
      assertEquals(askers.filter((each) => each.startsWith("containerd")), [], "the relay asks");
    },
  );
}
