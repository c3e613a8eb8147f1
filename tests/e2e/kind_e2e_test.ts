import { assertEquals, assertStringIncludes } from "@std/assert";
import { must } from "../harness/cluster/cluster.ts";
import { newClusterName } from "../harness/cluster/cluster_folders.ts";
import { whyNoKind } from "../harness/cluster/kind_cluster.ts";
import { openCluster } from "../harness/cluster/open_cluster.ts";
import { waitUntil } from "../harness/wait.ts";
import { REPOSITORY } from "../harness/programs.ts";
import { realTest } from "../harness/servers/skipping.ts";
import { deploymentOf } from "../harness/cluster/workloads.ts";

/** With WARM_IMAGES_CLUSTER=local this can be tried where there is no Docker. */
const backend = Deno.env.get("WARM_IMAGES_CLUSTER") === "local" ? "local" : "kind";
const reason = backend === "local" ? undefined : await whyNoKind();

/** Docker Hub has it, and the registry of the local backend has it too. */
const IMAGE = "docker.io/library/busybox:1.35";

realTest("kind: the chart's defaults and our images keep every node warm", reason, async () => {
  const name = newClusterName("test");
  await using cluster = await openCluster({
    ...{ backend, name, nodes: [{}, {}] },
    endsWithProcess: true,
  });
  const nodes = await cluster.nodes();
  assertEquals(nodes.length, 2);
  const { agent } = await cluster.load();
  const space = ["--namespace", "warm-images"];
  await must(cluster.helm(
    ...["install", "wi", `${REPOSITORY}chart`, ...space, "--create-namespace"],
    ...["--wait", "--timeout", "4m"],
  ));

  const manifest = await Deno.makeTempFile({ suffix: ".json" });
  const workload = deploymentOf("later", { containers: [{ name: "main", image: IMAGE }] });
  await Deno.writeTextFile(manifest, JSON.stringify(workload));
  await must(cluster.kubectl("apply", "--filename", manifest));
  await Deno.remove(manifest);
  for (const node of nodes) {
    await waitUntil(`"${IMAGE}" is on ${node}`, async () => {
      const listed = await must(cluster.ctr(node, "images", "ls", "--quiet"));
      return listed.split("\n").includes(IMAGE);
    }, { timeoutMs: 120_000, everyMs: 500 });
  }

  const own = [`agent.image.repository=${agent.repository}`, `agent.image.tag=${agent.tag}`];
  await must(cluster.helm(
    ...["upgrade", "wi", `${REPOSITORY}chart`, ...space, "--wait", "--timeout", "4m"],
    ...own.flatMap((value) => ["--set-string", value]),
  ));
  const images = await must(cluster.kubectl(
    ...["get", "pods", ...space, "--selector", "app.kubernetes.io/component=agent"],
    ...["--output", "jsonpath={.items[*].spec.containers[*].image}"],
  ));
  assertStringIncludes(images, `${agent.repository}:${agent.tag}`);
});
