import { assert, assertEquals } from "@std/assert";
import { must } from "../../harness/cluster/cluster.ts";
import { configureKubelet } from "../../harness/cluster/kubelet_configuration.ts";
import { daemonOf, innerPid } from "../../harness/cluster/local_node.ts";
import { type CriClient, openCriClient } from "../../harness/servers/cri_client.ts";
import { waitUntil } from "../../harness/wait.ts";
import type { PrivateCluster } from "../../harness/private_images/private_cluster.ts";

/** CRI, by which kubelet, crictl and image cleaners see images, neither shows nor removes bytes. */
export async function isUnseen(on: PrivateCluster): Promise<void> {
  const image = await on.push("unseen/app");
  for (const node of on.nodes) {
    await on.fetchByHand(node, image);
    using cri = openCriClient(await socketOf(on, node));
    const names = (await cri.list()).flatMap(({ repoTags }) => repoTags);
    assert(names.length > 0 && !names.includes(image), `${node}: ${names}`);
    assertEquals(await cri.status(image), undefined);
    await cri.remove(image);
    await prune(cri);
    assert(await on.hasBytes(node, image), `${node} has "${image}"`);
    const k8s = await must(on.test.cluster.ctr(node, "images", "ls", "-q"));
    assert(!k8s.includes(image), k8s);
  }
}

/** What `crictl rmi --prune` does on a node without pods. */
async function prune(cri: CriClient): Promise<void> {
  for (const { id, pinned } of await cri.list()) if (!pinned) await cri.remove(id);
}

/**
 * kubelet that thinks its disk is full, and so deletes each image that no pod uses, deletes one that
 * lies beside the bytes, and leaves those.
 */
export async function isCollected(on: PrivateCluster): Promise<void> {
  const image = await on.push("collected/app");
  const marker = await on.test.push("collected/marker");
  await Promise.all(on.nodes.map(async (node) => {
    await on.fetchByHand(node, image);
    const hosts = ["--hosts-dir", "/etc/containerd/certs.d"];
    await must(on.test.cluster.ctr(node, "images", "pull", ...hosts, marker));
    await configureKubelet(on.test.cluster, node, {
      evictionHard: { "imagefs.available": "99%" },
      imageMinimumGCAge: "1ms",
    });
    await waitUntil(`kubelet of ${node} has collected images`, async () => {
      return !(await must(on.test.cluster.ctr(node, "images", "ls", "-q"))).includes(marker);
    });
    assert(await on.hasBytes(node, image), `${node} has "${image}"`);
    await configureKubelet(on.test.cluster, node, {});
  }));
}

/** containerd's socket on a node, as this machine sees it. */
async function socketOf(on: PrivateCluster, node: string): Promise<string> {
  const outer = await on.test.cluster.daemons.pid(daemonOf(node));
  if (outer === undefined) throw new Error(`Cannot reach node "${node}": it does not run`);
  return `/proc/${await innerPid(outer)}/root/run/containerd/containerd.sock`;
}
