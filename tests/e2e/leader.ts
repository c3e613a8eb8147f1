import { must } from "../harness/cluster/cluster.ts";
import { NAMESPACE, RELEASE, type TestCluster } from "../harness/cluster/test_cluster.ts";
import { waitUntil } from "../harness/wait.ts";

/** Name of the pod of the controller that leads, as `kubectl` takes it: "pod/…". */
export async function leaderOf(test: TestCluster): Promise<string> {
  let leader: string | undefined;
  await waitUntil("one of the controller's pods leads", async () => {
    const holder = await must(test.cluster.kubectl(
      ...["--namespace", NAMESPACE, "get", "lease", `${RELEASE}-warm-images`],
      ...["-o", "jsonpath={.spec.holderIdentity}"],
    ));
    const pods = await test.pods("controller");
    leader = pods.find((pod) => holder.startsWith(pod.replace("pod/", "")));
    return leader !== undefined;
  }, { everyMs: 500 });
  return leader ?? "";
}

/** Ends it at once, so that it cannot give its Lease back; resolves to its name. */
export async function killLeader(test: TestCluster): Promise<string> {
  const leader = await leaderOf(test);
  await test.sh(`kubectl --namespace ${NAMESPACE} delete ${leader} --grace-period 0 --force`);
  return leader;
}
