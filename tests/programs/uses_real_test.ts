// A container that needs an image, as the agent counts it and tells others of it.
import { assertEquals } from "@std/assert";
import { pushImages } from "../harness/images/images.ts";
import type { TestProgram } from "../harness/programs.ts";
import { availableContainerds } from "../harness/servers/containerd.ts";
import { openCriClient } from "../harness/servers/cri_client.ts";
import { type Site, startSite } from "../harness/servers/site.ts";
import { realTest, reasonToSkip } from "../harness/servers/skipping.ts";
import { waitUntil } from "../harness/wait.ts";

const LINES = ["1.7", "2.3", "2.4"] as const;

for (const version of availableContainerds()) {
  if (!LINES.some((line) => line === version)) continue;
  const reason = await reasonToSkip(
    ...["root", "nats-server", "docker-registry", `containerd-${version}`] as const,
  );
  realTest(`uses of images on a node with containerd ${version} are counted`, reason, async () => {
    await using site = await startSite({ version });
    const [warm, cold, vain] = await pushed(site, ["warm", "cold", "vain"]);
    const agent = await site.agent({ flags: ["--log-level", "debug"] });
    const controller = await site.controller({ untilReady: true });
    await site.deploy("warm", warm);
    await waitUntil("the image is warm", () => site.isWarm(warm));
    await waitUntil(
      "it counts as unused",
      async () => (await agent.metric("warm_images_unused_bytes") ?? 0) > 100_000,
    );
    await container(site, warm);
    await container(site, warm);
    await untilCounted(agent, "first_uses", 1);
    await waitUntil(
      "nothing is unused",
      async () => await agent.metric("warm_images_unused_bytes") === 0,
    );
    await assertPullsOfKubelet(site, agent, cold);

    await site.containerd.restart();
    await waitUntil("its events are followed again", () => timesFollowed(agent) === 2);
    await site.deploy("vain", vain);
    await waitUntil("the other image is warm", () => site.isWarm(vain));
    await waitUntil("it counts", async () => await agent.metric("warm_images_node_warm") === 3);
    await container(site, vain);
    await untilCounted(agent, "first_uses", 2);
    assertEquals(await agent.metric("warm_images_misses_total"), 1);
    assertEquals((await agent.metric("warm_images_node_saved_seconds_total") ?? 0) > 0, true);
    await controller.stop();
  });
}

/** An image that becomes wanted because a pod of it has just been started here. */
async function assertPullsOfKubelet(site: Site, agent: TestProgram, cold: string): Promise<void> {
  using kubelet = openCriClient(site.containerd.address);
  await kubelet.pull(cold);
  await container(site, cold);
  await site.deploy("cold", cold);
  await untilCounted(agent, "misses", 1);
  assertEquals(await agent.metric("warm_images_late_total"), 0);
  assertEquals(await agent.metric("warm_images_first_uses_total"), 1);
}

async function untilCounted(agent: TestProgram, what: string, count: number): Promise<void> {
  await waitUntil(
    `${count} ${what} are counted`,
    async () => await agent.metric(`warm_images_${what}_total`) === count,
  );
}

function timesFollowed(agent: TestProgram): number {
  return agent.log().split("Follows which images containers need").length - 1;
}

async function container(site: Site, reference: string): Promise<void> {
  const id = `c-${crypto.randomUUID()}`;
  const { code, stderr } = await site.containerd.ctr("containers", "create", reference, id);
  assertEquals(code, 0, stderr);
}

async function pushed(site: Site, names: readonly string[]): Promise<[string, string, string]> {
  const images = await pushImages(
    site.registry,
    names.map((name) => ({
      repository: `uses/${name}`,
      tag: "1",
      layers: [{ name, bytes: 200_000 }],
    })),
  );
  const [a = "", b = "", c = ""] = images.map(({ reference }) => reference);
  return [a, b, c];
}
