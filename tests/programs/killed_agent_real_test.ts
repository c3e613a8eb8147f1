import { assert, assertEquals } from "@std/assert";
import { generatedLayer } from "../harness/servers/stored_blob.ts";
import { storedImage } from "../harness/servers/stored_image.ts";
import { readStat, runningProcesses } from "../harness/proc.ts";
import type { TestProgram } from "../harness/programs.ts";
import {
  availableContainerds,
  containerdNeedsRoot,
  type TestContainerd,
} from "../harness/servers/containerd.ts";
import { startScriptedRegistry } from "../harness/servers/scripted_registry.ts";
import { type Site, startSite } from "../harness/servers/site.ts";
import { realTest } from "../harness/servers/skipping.ts";
import { waitUntil } from "../harness/wait.ts";

const BYTES = 80_000_000;
/** Per connection, of which the relay opens eight: so that the lease is known before the end. */
const SPEED = 500_000;
/** What a connection of the relay fetches at once. */
const PART_BYTES = 2 ** 22;

for (const version of availableContainerds().filter((each) => each !== "1.6")) {
  for (const how of ["SIGKILL", "SIGTERM"] as const) {
    realTest(
      `an agent ended by ${how} in a large blob goes on from there, with containerd ${version}`,
      containerdNeedsRoot(),
      async () => {
        await using registry = await startScriptedRegistry({ bytesPerSecond: SPEED });
        const layer = generatedLayer({ name: "large", bytes: BYTES });
        registry.add("test/large:1", storedImage("test/large:1", [layer]));
        await using site = await startSite({ version });
        const image = `${registry.host}/test/large:1`;
        await site.controller({ untilReady: true });
        await site.deploy("web", image);
        const first = await site.agent();
        await waitUntil("its lease is known", async () => (await leaseFiles(site)).length > 0);
        if (how === "SIGKILL") await killWithChildren(first);
        else await endWithChildren(first);
        assertEquals(await leaseFiles(site), await leasesOf(site.containerd));
        const file = `${site.relayFolder}/leases/${(await leaseFiles(site))[0]}`;
        assertEquals(await Deno.readTextFile(file), image);

        registry.bytesPerSecond = undefined;
        await site.agent();
        await waitUntil("the image is warm", () => site.isWarm(image));
        await waitUntil("nothing is left", async () => {
          const left = [await leaseFiles(site), await leasesOf(site.containerd)];
          return left.flat().length === 0 && await downloads(site.containerd) === 0;
        });
        const ofLayer = registry.requests().filter(({ path }) => path.endsWith(layer.digest));
        const sent = ofLayer.reduce((sum, { sentBytes }) => sum + sentBytes, 0);
        assert(sent < layer.bytes + 8 * PART_BYTES, `${sent} of ${layer.bytes} bytes were fetched`);
      },
    );
  }
}

/** As the kernel does when a container or a unit is killed: all of its processes at once. */
async function killWithChildren(agent: TestProgram): Promise<void> {
  const children = await childrenOf(agent.pid);
  assert(children.length > 0, "no ctr runs");
  await agent.suspend(); // it must not see its children die first
  for (const pid of children) Deno.kill(pid, "SIGKILL");
  await agent.kill();
}

/** As systemd ends a unit: all of its processes are asked to. */
async function endWithChildren(agent: TestProgram): Promise<void> {
  for (const pid of await childrenOf(agent.pid)) Deno.kill(pid, "SIGTERM");
  agent.signal("SIGTERM");
  assertEquals((await agent.exited).code, 0, agent.log());
}

async function childrenOf(parent: number): Promise<number[]> {
  const children: number[] = [];
  for (const { pid } of await runningProcesses()) {
    if ((await readStat(pid))?.parent === parent) children.push(pid);
  }
  return children;
}

async function leaseFiles({ relayFolder }: Site): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(`${relayFolder}/leases`)).catch(() => []);
  return entries.map(({ name }) => name);
}

async function leasesOf(containerd: TestContainerd): Promise<string[]> {
  return (await containerd.ctr("leases", "ls", "-q")).stdout.split("\n").filter((id) => id !== "");
}

async function downloads({ root }: TestContainerd): Promise<number> {
  const folder = `${root}/io.containerd.content.v1.content/ingest`;
  return (await Array.fromAsync(Deno.readDir(folder)).catch(() => [])).length;
}
