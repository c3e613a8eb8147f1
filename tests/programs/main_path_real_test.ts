import { assertEquals } from "@std/assert";
import { availableContainerds, containerdNeedsRoot } from "../harness/servers/containerd.ts";
import { pushImage, pushImages } from "../harness/images/images.ts";
import { waitUntil } from "../harness/wait.ts";
import { startSite } from "../harness/servers/site.ts";
import { realTest } from "../harness/servers/skipping.ts";

for (const version of availableContainerds()) {
  realTest(
    `an image named in a manifest is on a node with containerd ${version} seconds later`,
    containerdNeedsRoot(),
    async () => {
      await using site = await startSite({ version });
      const { reference } = await pushImage(site.registry, image("app", 1));
      const agent = await site.agent();
      const controller = await site.controller({ untilReady: true });
      await site.deploy("web", reference);
      await waitUntil("the image is warm", () => site.isWarm(reference));
      await waitUntil(
        "the agent counts it",
        async () => await agent.metric("warm_images_node_warm") === 1,
      );
      await waitUntil("the agent is ready", () => agent.ready());
      assertEquals(await controller.metric("warm_images_wanted"), 1);
    },
  );
}

for (const version of availableContainerds()) {
  realTest(
    `without the relay, ctr asks the registry itself for a node with containerd ${version}`,
    containerdNeedsRoot(),
    async () => {
      await using site = await startSite({ version });
      const { reference } = await pushImage(site.registry, image("app", 1));
      site.registry.forgetRequests();
      const agent = await site.agent({ flags: ["--relay", "off"] });
      await site.controller({ untilReady: true });
      await site.deploy("web", reference);
      await waitUntil("the image is warm", () => site.isWarm(reference));
      await waitUntil("the agent is ready", () => agent.ready());
      const askers = new Set(site.registry.requests().map(({ userAgent }) => userAgent));
      assertEquals([...askers].filter((each) => !each.startsWith("containerd")), []);
    },
  );
}

realTest("an image deleted from the node comes back", containerdNeedsRoot(), async () => {
  await using site = await startSite();
  const { reference } = await pushImage(site.registry, image("app", 1));
  await site.deploy("web", reference);
  await Promise.all([site.agent(), site.controller()]);
  await waitUntil("the image is warm", () => site.isWarm(reference));
  await site.containerd.ctr("images", "rm", "--sync", reference);
  await waitUntil("the image is warm again", () => site.isWarm(reference));
});

realTest("both end with 0 on SIGTERM", containerdNeedsRoot(), async () => {
  await using site = await startSite();
  const programs = await Promise.all([site.agent(), site.controller()]);
  for (const program of programs) {
    program.signal("SIGTERM");
    assertEquals((await program.exited).code, 0, program.log());
  }
});

for (const victim of ["agent", "controller"] as const) {
  realTest(
    `killed and started again, the ${victim} leads to the same end`,
    containerdNeedsRoot(),
    async () => {
      await using site = await startSite();
      const images = await pushImages(
        site.registry,
        Array.from({ length: 12 }, (_, number) => image(`app-${number}`, 1)),
      );
      const references = images.map(({ reference }) => reference);
      const first = victim === "agent" ? site.agent() : site.controller();
      await Promise.all([first, victim === "agent" ? site.controller() : site.agent()]);
      for (const [index, reference] of references.entries()) {
        await site.deploy(`web-${index}`, reference);
        if (index !== 6) continue;
        await (await first).kill();
      }
      await (victim === "agent" ? site.agent() : site.controller());
      await waitUntil("all images are warm", async () => {
        const warm = await Promise.all(references.map((each) => site.isWarm(each)));
        return warm.every(Boolean);
      }, { timeoutMs: 180_000 });
    },
  );
}

realTest("NATS restarted without its data is filled again", containerdNeedsRoot(), async () => {
  await using site = await startSite();
  const { reference } = await pushImage(site.registry, image("app", 1));
  const later = await pushImage(site.registry, image("later", 1));
  await site.deploy("web", reference);
  const agent = await site.agent();
  await site.controller();
  await waitUntil("the image is warm", () => site.isWarm(reference));
  await site.nats.restart({ wipe: true });
  await site.deploy("late", later.reference);
  await waitUntil("the later image is warm", () => site.isWarm(later.reference), {
    timeoutMs: 180_000,
  });
  await waitUntil("the agent is ready", () => agent.ready(), { timeoutMs: 180_000 });
});

function image(name: string, megabytes: number) {
  return { repository: name, tag: "1", layers: [{ name, bytes: megabytes * 1024 * 1024 }] };
}
