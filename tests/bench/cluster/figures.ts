import { openKubernetes } from "../../../mod/adapters/kubernetes/client.ts";
import type { Figure } from "../figure.ts";
import { recordingLogger } from "../../harness/fakes/quiet.ts";
import { buildImages, type BuiltImages } from "../../harness/images/image_builds.ts";
import { Agents } from "./agents.ts";
import { newNode } from "./new_node.ts";
import { podStart } from "./pod_start.ts";
import { twentyImages } from "./twenty_images.ts";
import { startTestCluster, type TestCluster } from "../../harness/cluster/test_cluster.ts";

/** What a time needs to be told; the facts are the same in each. */
const ROUNDS_OF_BENCH = 3;

/** What a cluster with our chart takes and gives. */
export interface ClusterFigures {
  /** Times: they depend on the machine and on what else it does. */
  readonly times: readonly Figure[];
  /** What has to hold anywhere. */
  readonly facts: readonly Figure[];
}

/** Measures all that needs a real cluster, on one of its own, so many times. */
export async function measureCluster(rounds: number): Promise<ClusterFigures> {
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
  const measuring = { test, client, agents, nodes, rounds };
  const starts = await podStart(measuring);
  const { time, costs } = await twentyImages(measuring);
  const joined = await newNode(measuring);
  return {
    times: [...starts, ...joined, time],
    facts: [...costs, ...sizes],
  };
}

/** The same for `deno task bench`. */
export async function clusterBench(): Promise<Figure[]> {
  const { times, facts } = await measureCluster(ROUNDS_OF_BENCH);
  return [...times, ...facts];
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
