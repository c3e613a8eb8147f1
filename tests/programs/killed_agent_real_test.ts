import { assert } from "@std/assert";
import { generatedLayer } from "../harness/servers/stored_blob.ts";
import { storedImage } from "../harness/servers/stored_image.ts";
import type { TestProgram } from "../harness/programs.ts";
import { readStat, runningProcesses } from "../harness/proc.ts";
import { startScriptedRegistry } from "../harness/servers/scripted_registry.ts";
import { startSite } from "../harness/servers/site.ts";
import { realTest, reasonToSkip } from "../harness/servers/skipping.ts";
import { waitUntil } from "../harness/wait.ts";

/** Of a part, and how many are on their way at once; beside them the relay holds none. */
const PART_BYTES = 4 * 1024 * 1024;
const CONNECTIONS = 8;

for (const version of ["1.7", "2.3"] as const) {
  const reason = await reasonToSkip(
    "root",
    ...(["nats-server", `containerd-${version}`, "docker-registry"] as const),
  );

  realTest(
    `containerd ${version}: an agent killed in the middle of a large layer goes on where it was`,
    reason,
    async () => {
      const layer = generatedLayer({ name: "large", bytes: 150_000_000 });
      await using registry = await startScriptedRegistry({ bytesPerSecond: 8_000_000 });
      registry.add("test/large:1", storedImage("test/large:1", [layer]));
      const sent = () =>
        registry.requests().filter(({ target }) => target === layer.digest)
          .reduce((sum, { sentBytes }) => sum + sentBytes, 0);
      await using site = await startSite({ version });
      const folder = await Deno.makeTempDir({ prefix: "warm-images-relay-" });
      await using _folder = {
        [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
      };
      // However full the disk of the machine is that runs this.
      const flags = ["--relay-dir", folder, "--disk-high", "99"];
      await site.controller();
      const agent = await site.agent({ flags });
      await site.deploy("large", `${registry.host}/test/large:1`);
      await waitUntil("half of it is here", () => sent() > layer.bytes / 2, { everyMs: 10 });
      await killWithChildren(agent);
      await waitUntil(
        "the registry has noticed",
        () => registry.requests().every(({ isOver }) => isOver),
      );
      await site.agent({ flags });
      await waitUntil("it is warm", () => site.isWarm(`${registry.host}/test/large:1`));
      const twice = sent() - layer.bytes;
      assert(twice <= CONNECTIONS * PART_BYTES, `${twice} bytes were fetched twice`);
    },
  );
}

/** As a container ends: with the process of the agent all others of it are gone at once. */
async function killWithChildren(agent: TestProgram): Promise<void> {
  const { pid } = agent;
  for (const { pid: child } of await runningProcesses()) {
    if ((await readStat(child))?.parent === pid) Deno.kill(child, "SIGKILL");
  }
  await agent.kill();
}
