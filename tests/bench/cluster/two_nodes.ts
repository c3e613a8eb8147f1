import { openKubernetes } from "../../../mod/adapters/kubernetes/client.ts";
import { recordingLogger } from "../../harness/fakes/quiet.ts";
import { startTestCluster } from "../../harness/cluster/test_cluster.ts";
import type { Figure } from "../figure.ts";
import { Agents } from "./agents.ts";
import { twentyImages } from "./twenty_images.ts";

const ROUNDS = 5;

/** What a line of containerd may take of the time of bare loops. */
const TARGETS = [["1.7", 0.8], ["2.3", 0.9]] as const;

/** 20 images of 10 MB on two nodes of a real cluster, for each line of containerd. */
export async function twoNodes(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [containerd, target] of TARGETS) {
    await using test = await startTestCluster([{ containerd }, { containerd }]);
    await test.install("forgetAfter=0s", "agent.health.address=node");
    const nodes = await test.cluster.nodes();
    const agents = new Agents(test);
    for (const node of nodes) await agents.untilReady(node);
    const { kubeconfig } = test.cluster;
    using client = openKubernetes({ kubeconfig, logger: recordingLogger() });
    const measuring = { test, client, agents, nodes, rounds: ROUNDS };
    const { time } = await twentyImages(measuring, target);
    figures.push({ ...time, what: `${time.what}, containerd ${containerd}` });
  }
  return figures;
}
