import {
  type Backend,
  type Cluster,
  type ImagePlaces,
  must,
} from "../../harness/cluster/cluster.ts";
import {
  chooseBackend,
  clusterOn,
  findCluster,
  NoClusterError,
  startCluster,
} from "../../harness/cluster/open_cluster.ts";
import { REPOSITORY } from "../../harness/programs.ts";
import type { KubernetesVersion } from "../../harness/tools/kubernetes_version.ts";
import { printResult } from "../../harness/print.ts";
import { listenForStop } from "../../harness/stop_signals.ts";
import { followLogs } from "./pod_logs.ts";
import { NAMESPACE, SAMPLE, whatRunsOn } from "./cluster_guide.ts";
import { sourceChanges } from "./source_changes.ts";

const ROOT = REPOSITORY.replace(/\/$/, "");

/**
 * Installs what is in the working tree on a real cluster, follows its logs, and installs it anew
 * when it changes. Runs until Ctrl-C; resolves to the exit code.
 */
export async function devOnCluster(
  backend: Backend,
  name: string,
  kubernetes: KubernetesVersion | undefined,
): Promise<number> {
  await chooseBackend(backend, kubernetes);
  using signals = listenForStop();
  const { stop } = signals;
  const options = { signal: stop, kubernetes, printProgress: printResult };
  const present = await findCluster(name, options);
  const found = await present?.lives() ? present : undefined;
  if (found !== undefined && found.backend !== backend) {
    throw new NoClusterError(
      `Cannot use the cluster "${name}" on ${backend}: it runs on ${found.backend}; say --on ${found.backend}, or end it with "deno task cluster down"`,
    );
  }
  const cluster = found ?? clusterOn(backend, name, options);
  // Kind's takes a minute to make, and people know how to see and delete it.
  const stays = found !== undefined || backend === "kind";
  try {
    if (found === undefined) await startCluster(cluster, [{}]);
    await run(cluster, stays, stop);
  } catch (error) {
    if (!stop.aborted) throw error; // else a part that was still being made ended with us
  } finally {
    printResult("Stopping …");
    if (!stays) await cluster.down();
  }
  if (!stays) {
    printResult("Nothing is left running, mounted or on disk but the tools in the cache.");
  } else printResult(`The cluster "${name}" goes on; delete it with: ${task(name)} down`);
  return 0;
}

async function run(cluster: Cluster, stays: boolean, stop: AbortSignal): Promise<void> {
  await install(cluster, stop);
  await must(cluster.kubectl("apply", "--filename", `${ROOT}/${SAMPLE}`));
  printResult(await whatRunsOn(cluster, task(cluster.name), stays));
  await Promise.all([followLogs(cluster, NAMESPACE, printResult, stop), reinstall(cluster, stop)]);
}

async function reinstall(cluster: Cluster, stop: AbortSignal): Promise<void> {
  for await (const file of sourceChanges(ROOT, stop, { images: true })) {
    printResult(`${file} changed: building and installing again`);
    await install(cluster, stop);
  }
}

/** What cannot be built or installed is told; the next change may mend it. */
async function install(cluster: Cluster, stop: AbortSignal): Promise<void> {
  const began = Date.now();
  try {
    printResult("building both images, unless the last ones will do");
    const places = await cluster.load();
    if (stop.aborted) return;
    await must(cluster.helm(...upgrade(places)));
    printResult(`installed after ${((Date.now() - began) / 1000).toFixed(1)} s; its pods start`);
  } catch (error) {
    if (stop.aborted || !(error instanceof Error)) return;
    printResult(`${error.message}\nNothing was installed; change a file to try again`);
  }
}

function upgrade({ controller, agent }: ImagePlaces): string[] {
  return [
    ...["upgrade", "--install", "wi", `${ROOT}/chart`],
    ...["--namespace", NAMESPACE, "--create-namespace"],
    ...Object.entries({
      "controller.image.repository": controller.repository,
      "controller.image.tag": controller.tag,
      "agent.image.repository": agent.repository,
      "agent.image.tag": agent.tag,
      logFormat: "text",
    }).flatMap(([key, value]) => ["--set-string", `${key}=${value}`]),
  ];
}

function task(name: string): string {
  return `npx -y deno@${Deno.version.deno} task cluster${name === "dev" ? "" : ` --name ${name}`}`;
}
