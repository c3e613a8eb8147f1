// What `remove-bytes` does to a real agent, before an uninstall.
import { assertEquals, assertStringIncludes } from "@std/assert";
import type { StateStore } from "../../mod/ports/state_store.ts";
import { UNINSTALL_KEY } from "../../mod/pure/bucket/state_keys.ts";
import { runCommand } from "../harness/commands.ts";
import { pushImage } from "../harness/images/images.ts";
import { sourceCommand } from "../harness/programs.ts";
import { containerdNeedsRoot } from "../harness/servers/containerd.ts";
import { openTestStore } from "../harness/servers/nats_stores.ts";
import { type Site, startSite } from "../harness/servers/site.ts";
import { realTest, reasonToSkip } from "../harness/servers/skipping.ts";
import { never } from "../harness/signals.ts";
import { waitUntil } from "../harness/wait.ts";

const reason = containerdNeedsRoot() ??
  await reasonToSkip("nats-server", "docker-registry", "containerd-1.7");

realTest("remove-bytes waits for agents, and leaves none of the bytes", reason, async () => {
  await using site = await startSite();
  const { containerd, registry } = site;
  const layers = [{ name: "own", bytes: 300_000 }];
  const { reference } = await pushImage(registry, { repository: "shop/app", tag: "1", layers });
  const fetched = await ctrOfBytes(site, "content", "fetch", reference);
  assertEquals(fetched.code, 0, fetched.stderr);
  const controller = await site.controller({ untilReady: true });
  const agent = await site.agent({ untilReady: true });
  await waitUntil("the agent beats", async () => (await status(site)).includes("node-a"));
  await agent.kill();

  const inVain = await removeBytes(site, "--timeout", "3s");
  assertEquals(inVain.code, 1, inVain.stderr);
  assertStringIncludes(inVain.stdout, "0 of 1 nodes keep no bytes when time was up");
  assertStringIncludes(inVain.stdout, "node-a");
  assertEquals((await ctrOfBytes(site, "images", "ls", "-q")).stdout.trim(), reference);

  await site.agent();
  const { code, stdout, stderr } = await removeBytes(site, "--output", "json", "--timeout", "2m");
  assertEquals(code, 0, stdout + stderr);
  assertEquals(JSON.parse(stdout), {
    v: 1,
    result: "removed",
    done: 1,
    due: 1,
    nodes: [],
    awaited: 0,
  });
  const namespaces = await containerd.ctr("namespaces", "ls", "-q");
  assertEquals(namespaces.stdout.includes("warm-images"), false, namespaces.stdout);

  await using opened = openTestStore(site.nats.settings, "reader");
  const { store } = opened;
  assertEquals(await orderIn(store), true);
  await controller.stop();
  await site.controller({ untilReady: true });
  await waitUntil("it is taken back", async () => !await orderIn(store));
});

function ctrOfBytes(site: Site, ...args: string[]) {
  return site.containerd.ctr("-n", "warm-images", ...args);
}

async function run(site: Site, ...args: string[]) {
  const [command, all] = sourceCommand("controller", args);
  return await runCommand(command, [...all, ...site.nats.flags], { env: { ...site.nats.env } });
}

function removeBytes(site: Site, ...args: string[]) {
  return run(site, "remove-bytes", ...args);
}

async function status(site: Site): Promise<string> {
  return (await run(site, "status")).stdout;
}

/** Whether the bucket has an order to give up bytes. */
async function orderIn(store: StateStore): Promise<boolean> {
  for await (const change of store.follow([UNINSTALL_KEY], { signal: never() })) {
    if (change.type === "put") return true;
    if (change.type === "synced") return false;
  }
  return false;
}
