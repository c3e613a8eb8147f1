import { assertEquals } from "@std/assert";
import { inheritedFlags } from "../../../mod/build/offline_flags.ts";
import { startProcess, type TestProcess } from "../process.ts";
import { realTest } from "../servers/skipping.ts";
import { newClusterName } from "./cluster_folders.ts";
import { leftovers, tracesOf } from "./leftovers.ts";
import { LocalCluster } from "./local_cluster.ts";
import { openCluster } from "./open_cluster.ts";
import { whyNoLocalCluster } from "./requirements.ts";
import { sweepClusters } from "./sweep.ts";

const reason = await whyNoLocalCluster();

realTest(
  "the next start sweeps clusters whose process was killed, and no others",
  reason,
  async () => {
    const [ofKilled, ofLiving] = [
      new LocalCluster(newClusterName("test")),
      new LocalCluster(newClusterName("test")),
    ];
    await using _first = ofKilled;
    await using _second = ofLiving;
    await using owners = new AsyncDisposableStack();
    const [killed] = await Promise.all(
      [ofKilled, ofLiving].map(async ({ name }) => owners.use(await startOwner(name))),
    );
    using traces = await tracesOf(ofKilled);
    assertEquals(traces.namespaces.length, 1);
    await sweepClusters();
    assertEquals([await ofKilled.lives(), await ofLiving.lives()], [true, true]);

    await killed?.kill();
    assertEquals(await ofKilled.lives(), true, "it has outlived its process");
    await using _next = await openCluster({
      ...{ name: newClusterName("test"), nodes: [], backend: "local" },
      endsWithProcess: true,
    });
    assertEquals(await leftovers(traces), []);
    assertEquals(await ofLiving.lives(), true);
  },
);

/** A process that starts a cluster of one node, as an end-to-end test does, and stays. */
async function startOwner(name: string): Promise<TestProcess> {
  const module = new URL("local_cluster.ts", import.meta.url).href;
  const script = `import { LocalCluster } from ${JSON.stringify(module)};
    await new LocalCluster("${name}", { endsWithProcess: true }).up([{}]);
    console.log("it is up");
    setInterval(() => {}, 1000);`;
  return await startProcess(Deno.execPath(), {
    args: ["eval", "--no-check", ...inheritedFlags(), script],
    ready: (process) => Promise.resolve(process.log().includes("it is up")),
    readyTimeoutMs: 120_000,
  });
}
