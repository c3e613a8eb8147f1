import { openKubernetes } from "../../../mod/adapters/kubernetes/client.ts";
import type { Figure } from "../figure.ts";
import { recordingLogger } from "../../harness/fakes/quiet.ts";
import { buildImages, type BuiltImages } from "../../harness/images/image_builds.ts";
import { Agents } from "./agents.ts";
import { newNode } from "./new_node.ts";
import { podStart } from "./pod_start.ts";
import type { Measuring } from "./wants.ts";
import { twentyImages } from "./twenty_images.ts";
import { startTestCluster, type TestCluster } from "../../harness/cluster/test_cluster.ts";

/** What a time needs to be told; the facts are the same in each. */
const ROUNDS_OF_BENCH = 3;

/** `deno task bench cluster`: what a cluster with our chart takes and gives. */
export async function clusterBench(): Promise<Figure[]> {
  return await withChart(ROUNDS_OF_BENCH, async (measuring) => {
    const starts = await podStart(measuring);
    const { time, costs } = await twentyImages(measuring);
    return [...starts, ...await newNode(measuring), time, ...costs];
  });
}

/** What has to hold anywhere; times depend on the machine and on what else it does. */
export async function clusterFacts(): Promise<Figure[]> {
  return await withChart(1, async (measuring) => (await twentyImages(measuring)).costs);
}

/** Measures on a cluster of its own, with our chart; the sizes of its images come with it. */
async function withChart(
  rounds: number,
  measure: (measuring: Measuring) => Promise<readonly Figure[]>,
): Promise<Figure[]> {
  const sizes = sizesOf(await buildImages());
  await using test: TestCluster = await startTestCluster([{}, {}]);
  // Images that nothing names any more are forgotten at once: rounds begin with none.
  await test.install("forgetAfter=0s", "agent.health.address=node");
  const nodes = await test.cluster.nodes();
  const agents = new Agents(test);
  for (const node of nodes) await agents.untilReady(node);
  using client = openKubernetes({
    kubeconfig: test.cluster.kubeconfig,
    logger: recordingLogger(),
  });
  return [...await measure({ test, client, agents, nodes, rounds }), ...sizes];
}

function sizesOf(images: BuiltImages): Figure[] {
  const of = (name: "agent" | "controller", megabytes: number): Figure => {
    const size = images[name].bytes / 1e6;
    return {
      what: `${name} image, compressed`,
      target: `${megabytes} MB`,
      measured: `${size.toFixed(1)} MB`,
      met: size <= megabytes,
    };
  };
  return [of("agent", 60), of("controller", 50)];
}
