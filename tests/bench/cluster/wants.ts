import type { KubernetesClient } from "../../../mod/adapters/kubernetes/client.ts";
import { call, collectionOf } from "../../harness/servers/api_objects.ts";
import type { Agents } from "./agents.ts";
import type { TestCluster } from "../../harness/cluster/test_cluster.ts";
import { deploymentOf } from "../../harness/cluster/workloads.ts";

const DEPLOYMENTS = collectionOf("Deployment").path;

/** What the measurements share. */
export interface Measuring {
  readonly test: TestCluster;
  /** Asks the API server: a kubectl for each question would be part of what is measured. */
  readonly client: KubernetesClient;
  readonly agents: Agents;
  /** The nodes that are there from the start. */
  readonly nodes: readonly string[];
  readonly rounds: number;
}

/** Creates a Deployment without pods that wants these images. */
export async function want(
  { client }: Measuring,
  name: string,
  references: readonly string[],
): Promise<void> {
  const containers = references.map((image, index) => ({ name: `c${index}`, image }));
  await call(client, "POST", DEPLOYMENTS, deploymentOf(name, { containers }));
}

/** Deletes it, and waits until no agent wants more than `wanted` images. */
export async function forget(
  { client, agents, nodes }: Measuring,
  name: string,
  wanted: number,
): Promise<void> {
  await call(client, "DELETE", `${DEPLOYMENTS}/${name}`);
  await agents.untilWarm(nodes, wanted);
}

/** How long something takes, in ms. */
export async function timed(act: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await act();
  return performance.now() - began;
}
