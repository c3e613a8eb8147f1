import { assertEquals } from "@std/assert";
import { sectionCommands } from "../harness/documents/sections.ts";
import { GUIDE } from "../harness/documents/guide_sections.ts";
import { pushImage } from "../harness/images/images.ts";
import { startConnectProxy } from "../harness/servers/connect_proxy.ts";
import { startRegistry } from "../harness/servers/registry.ts";
import { realTest } from "../harness/servers/skipping.ts";
import { NAMESPACE, startTestCluster, type TestCluster } from "../harness/cluster/test_cluster.ts";
import { whyNoTestCluster } from "../harness/cluster/why_no_test_cluster.ts";
import { deploymentOf, sleeping } from "../harness/cluster/workloads.ts";
import { replaced } from "./replacements.ts";

const reason = await whyNoTestCluster();
const HOST = "registry.example";
const PROXY = "http://proxy.example.com:3128"; // on the page

realTest(
  "behind a proxy nodes are warmed, and nothing inside is asked through it",
  reason,
  async (t) => {
    await using test = await startTestCluster([{}, { containerd: "2.3" }]);
    const [address = ""] = (await test.cluster.registry()).split(":");
    await using registry = await startRegistry({ tls: [`DNS:${HOST}`, "IP:127.0.0.1"] });
    await using proxy = startConnectProxy(registry.host, address);
    const layers = [{ name: "app", bytes: 200_000 }];
    await pushImage(registry, { repository: "app", tag: "1", layers });
    await test.sh(`kubectl create namespace ${NAMESPACE}`);
    await test.write("ca.crt", await Deno.readTextFile(registry.caFile ?? ""));
    // Whoever asked inside the cluster through the proxy would land at the registry.
    for (const command of await sectionCommands(GUIDE.proxy)) {
      await test.sh(replaced(command).replaceAll(PROXY, proxy.url));
    }
    await test.untilReady();
    const all = new Set([`${HOST}:443`]);

    await t.step(
      "an image comes by the proxy, from whom the given authority vouches for",
      async () => {
        const image = `${HOST}/app:1`;
        await test.apply(deploymentOf("app", sleeping(image)));
        await test.untilWarm(image);
        assertEquals(new Set(proxy.asked()), all);
      },
    );

    await t.step("an image of an exempted registry comes without it", async () => {
      const image = await test.push("behind-proxy/direct", 100_000);
      await test.apply(deploymentOf("direct", sleeping(image)));
      await test.untilWarm(image);
      assertEquals(new Set(proxy.asked()), all);
    });

    await t.step("health of agents and NATS' monitoring are closed to others", async () => {
      for (const node of await test.cluster.nodes()) {
        assertEquals(await isOpen(await test.addressOf(node), 14617), false, node);
      }
      assertEquals(await isOpen(await natsAddress(test), 4222), true);
      assertEquals(await isOpen(await natsAddress(test), 8222), false);
    });

    await t.step("who scrapes finds agents at their nodes' own addresses", async () => {
      await test.upgrade("scrapeAnnotations=true");
      for (const node of await test.cluster.nodes()) {
        const url = `http://${await test.addressOf(node)}:14617/metrics`;
        const text = await (await fetch(url)).text();
        assertEquals(text.includes("warm_images_node_warm"), true, text);
      }
    });
  },
);

async function natsAddress(test: TestCluster): Promise<string> {
  const [pod] = await test.pods("nats");
  return await test.sh(`kubectl --namespace ${NAMESPACE} get ${pod} -o jsonpath={.status.podIP}`);
}

async function isOpen(hostname: string, port: number): Promise<boolean> {
  try {
    using _connection = await Deno.connect({ hostname, port });
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return false;
    throw error;
  }
}
