import { must } from "../../harness/cluster/cluster.ts";
import { waitUntil } from "../../harness/wait.ts";
import type { TestCluster } from "../../harness/cluster/test_cluster.ts";

/**
 * Takes images from nodes, with each further name that containerd gives them and all their layers.
 * Nothing may want them any more; of pods that ran them the last containers are waited for.
 */
export async function takeAway(
  test: TestCluster,
  nodes: readonly string[],
  references: readonly string[],
): Promise<void> {
  await Promise.all(nodes.map((node) =>
    waitUntil(
      `the images are gone from ${node}`,
      () => takeAwayFrom(test, node, new Set(references)),
      { timeoutMs: 180_000, everyMs: 300 },
    )
  ));
}

/** One try; whether nothing is left. */
async function takeAwayFrom(
  test: TestCluster,
  node: string,
  references: ReadonlySet<string>,
): Promise<boolean> {
  const ctr = (...args: string[]) => must(test.cluster.ctr(node, ...args));
  const rows = rowsOf(await ctr("images", "ls"));
  const digests = new Set(
    rows.filter(([name = ""]) => references.has(name)).map(([, , digest]) => digest),
  );
  const names = rows.filter(([, , digest]) => digests.has(digest)).map(([name = ""]) => name);
  if (names.length === 0) return true;
  // What a container uses keeps its layers, and the next pull would find them.
  const images = rowsOf(await ctr("containers", "ls")).map(([, image = ""]) => image);
  if (images.some((image) => names.includes(image))) return false;
  await ctr("images", "rm", "--sync", ...names);
  const blobs = new Set((await ctr("content", "ls", "-q")).split("\n"));
  return ![...digests].some((digest) => digest !== undefined && blobs.has(digest));
}

/** Pulls images as anybody would by hand: one after the other, on all nodes at the same time. */
export async function pullByHand(
  test: TestCluster,
  nodes: readonly string[],
  references: readonly string[],
): Promise<void> {
  const pull = "ctr -n k8s.io images pull --hosts-dir /etc/containerd/certs.d";
  const script = `for image; do ${pull} "$image" >/dev/null; done`;
  await Promise.all(
    nodes.map((node) =>
      must(test.cluster.onNode(node, "bash", "-euc", script, "pull", ...references))
    ),
  );
}

/** Checks with containerd itself that nodes hold images, ready to start from. */
export async function mustHold(
  test: TestCluster,
  nodes: readonly string[],
  references: readonly string[],
): Promise<void> {
  for (const node of nodes) {
    const rows = rowsOf(await must(test.cluster.ctr(node, "images", "check")));
    const usable = new Set(rows.filter((row) => row.at(-1) === "true").map(([name]) => name));
    const missing = references.filter((reference) => !usable.has(reference));
    if (missing.length > 0) throw new Error(`${node} lacks ${missing.join(", ")}`);
  }
}

/** The words of each line of a table below its head. */
function rowsOf(table: string): string[][] {
  return table.trim().split("\n").slice(1).map((line) => line.trim().split(/\s+/));
}
