import { must } from "../cluster/cluster.ts";
import type { Agents } from "./figures_agents.ts";
import type { Stage } from "./stage.ts";
import { deploymentOf } from "./workloads.ts";

/** What the measurements share. */
export interface Measuring {
  readonly stage: Stage;
  readonly agents: Agents;
  /** The nodes that are there from the start. */
  readonly nodes: readonly string[];
  readonly rounds: number;
}

/** A Deployment without pods that wants these images. */
export function wanting(name: string, references: readonly string[]) {
  const containers = references.map((image, index) => ({ name: `c${index}`, image }));
  return deploymentOf(name, { containers });
}

/** Deletes it, and waits until no agent wants more than `wanted` images. */
export async function forget(
  { stage, agents, nodes }: Measuring,
  name: string,
  wanted: number,
): Promise<void> {
  await must(stage.cluster.kubectl("delete", "deployment", name, "--wait"));
  await agents.untilWarm(nodes, wanted);
}

/** How long something takes, in ms. */
export async function timed(act: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await act();
  return performance.now() - began;
}
