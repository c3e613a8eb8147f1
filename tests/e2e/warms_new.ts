import type { TestCluster } from "../harness/cluster/test_cluster.ts";
import { deploymentOf, sleeping } from "../harness/cluster/workloads.ts";

/** Has a Deployment ask for a new image, and waits until nodes have it: proves the whole path. */
export async function warmsNew(
  test: TestCluster,
  repository: string,
  options: {
    /** Of the Deployment; default: the last part of the repository. */
    readonly name?: string;
    /** Which nodes; default: all. */
    readonly nodes?: readonly string[];
  } = {},
): Promise<void> {
  const { name = repository.slice(repository.lastIndexOf("/") + 1), nodes } = options;
  const image = await test.push(repository, 100_000);
  await test.apply(deploymentOf(name, sleeping(image)));
  await test.untilWarm(image, nodes);
}
