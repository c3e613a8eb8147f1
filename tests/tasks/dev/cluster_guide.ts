import type { Cluster } from "../../harness/cluster/cluster.ts";

/** Where `dev` installs the chart. */
export const NAMESPACE = "warm-images";

/** A Deployment without pods, below the repository; its image is warmed nonetheless. */
export const SAMPLE = "tests/tasks/dev/sample.yaml";

/** The image that it names. */
export const SAMPLE_IMAGE = "docker.io/library/busybox:1.35";

/** What runs and what to try, in plain words; `task` is how to run `deno task cluster`. */
export async function whatRunsOn(
  cluster: Cluster,
  task: string,
  stays: boolean,
): Promise<string> {
  const [node] = await cluster.nodes();
  return `
On the cluster "${cluster.name}" (${cluster.backend}), from this working tree:
  release wi in the namespace ${NAMESPACE}: controller, agents and NATS; their logs follow here
  a Deployment "sample", scaled to zero: its image ${SAMPLE_IMAGE} turns warm on every node
Images are built and installed again when you change controller.ts, agent.ts, mod/, chart/ or
the Dockerfile.

Things to try, in another terminal:

${task} kubectl get pods -A
${task} ctr ${node} images rm --sync ${SAMPLE_IMAGE}
${task} kubectl logs -n ${NAMESPACE} deployment/wi-warm-images-controller

Ctrl-C ends it${stays ? "; the cluster stays" : " all, the cluster too, and leaves nothing behind"}.
`;
}
