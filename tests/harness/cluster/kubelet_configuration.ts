import { waitUntil } from "../wait.ts";
import { must } from "./cluster.ts";
import type { LocalCluster } from "./local_cluster.ts";

const FILE = "/etc/kubernetes/kubelet.json";

/**
 * Starts kubelet of a node again with these fields in the place of those that its configuration had
 * when the node began; resolves once it answers. Pods go on meanwhile.
 */
export async function configureKubelet(
  cluster: Pick<LocalCluster, "onNode" | "killOnNode">,
  node: string,
  fields: Readonly<Record<string, unknown>>,
): Promise<void> {
  const keep = `[ -e ${FILE}.first ] || cp ${FILE} ${FILE}.first; cat ${FILE}.first`;
  const first = JSON.parse(await must(cluster.onNode(node, "sh", "-c", keep)));
  const text = JSON.stringify({ ...first, ...fields });
  await must(cluster.onNode(node, "sh", "-c", `printf %s "$1" > ${FILE}`, "sh", text));
  await cluster.killOnNode(node, "kubelet");
  const connect = ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/10248"];
  await waitUntil(
    `kubelet of ${node} is back`,
    async () => (await cluster.onNode(node, ...connect)).code === 0,
  );
}
