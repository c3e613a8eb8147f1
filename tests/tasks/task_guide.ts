import type { Cluster } from "../harness/cluster/cluster.ts";
import { MIRRORED } from "../harness/cluster/node_files.ts";

/** What somebody can do with a cluster that just started, as lines to paste. */
export async function whatNext(cluster: Cluster): Promise<string> {
  const { name } = cluster;
  const task = `npx -y deno@${Deno.version.deno} task cluster${
    name === "dev" ? "" : ` --name ${name}`
  }`;
  return `
Cluster "${name}" runs, with the nodes ${(await cluster.nodes()).join(", ")}.

To use plain kubectl and helm, as README's commands do, paste this into your shell:

  export KUBECONFIG=${cluster.kubeconfig}
${await pathLine(cluster)}
Or leave your shell as it is:

  ${task} kubectl get nodes
  ${task} helm list -A
  ${task} ctr ${(await cluster.nodes())[0]} images ls

To install what is in this working tree, under the names that the chart has by default:

  ${task} load
  ${task} helm install --namespace warm-images --create-namespace wi chart
${await registryLines(cluster)}
It runs until you say

  ${task} down
`;
}

async function pathLine(cluster: Cluster): Promise<string> {
  const commands = [await cluster.command("kubectl"), await cluster.command("helm")];
  const folders = commands.map(({ command }) => command.slice(0, command.lastIndexOf("/")));
  const known = (Deno.env.get("PATH") ?? "").split(":");
  const missing = folders.filter((folder) => !known.includes(folder));
  return missing.length === 0 ? "" : `  export PATH=${missing.join(":")}:$PATH\n`;
}

/** Only the local backend has one. */
async function registryLines(cluster: Cluster): Promise<string> {
  if (!("registry" in cluster) || typeof cluster.registry !== "function") return "";
  return `
Its nodes get all images of ${MIRRORED.join(", ")} from the registry at
${await cluster.registry()}, which speaks plain http, takes what you push, and has
library/busybox:1.35, library/nats and pause. Images that are not in there cannot be pulled.
`;
}
