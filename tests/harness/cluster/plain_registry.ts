import { must } from "./cluster.ts";
import type { TestCluster } from "./test_cluster.ts";

/** Tells containerd on a node that a registry speaks plain HTTP. */
export async function trustPlain(test: TestCluster, node: string, host: string): Promise<void> {
  const folder = `/etc/containerd/certs.d/${host}`;
  const toml = `server = "http://${host}"\n[host."http://${host}"]\n`;
  await must(test.cluster.onNode(
    node,
    ...["sh", "-c", 'mkdir -p "$1" && printf "%s" "$2" > "$1/hosts.toml"', "sh", folder, toml],
  ));
}
