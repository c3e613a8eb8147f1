import type { Backend, Cluster, ClusterOptions } from "./cluster.ts";
import { KindCluster, whyNoKind } from "./kind_cluster.ts";
import { LocalCluster } from "./local_cluster.ts";
import type { NodeSpec } from "./node_spec.ts";
import { whyNoLocalCluster } from "./requirements.ts";
import { sweepClusters } from "./sweep.ts";
import { type KubernetesVersion, kubernetesVersion } from "../tools/kubernetes_version.ts";

/** No cluster can be started as things are; the message says what to do. */
export class NoClusterError extends Error {
  override name = "NoClusterError";
}

/** What to open. */
export interface OpenClusterOptions extends ClusterOptions {
  readonly name: string;
  readonly nodes: readonly NodeSpec[];
  /** Default: what `chooseBackend()` finds. */
  readonly backend?: Backend;
}

/** Starts a cluster; disposing removes it. What a failure leaves is removed at once. */
export async function openCluster(options: OpenClusterOptions): Promise<Cluster> {
  const { name, nodes } = options;
  const cluster = clusterOn(
    options.backend ?? await chooseBackend(undefined, options.kubernetes),
    name,
    options,
  );
  await startCluster(cluster, nodes);
  return cluster;
}

/**
 * Starts this cluster, in place of one with the same name that has died, after those that were left
 * behind are swept away. What a failure or an
 * interruption leaves is removed at once.
 */
export async function startCluster(cluster: Cluster, nodes: readonly NodeSpec[]): Promise<void> {
  await sweepClusters();
  const present = await findCluster(cluster.name);
  if (present !== undefined) {
    if (await present.lives()) {
      throw new NoClusterError(
        `Cannot start "${cluster.name}": there is one already, on ${present.backend}`,
      );
    }
    await present.down();
  }
  try {
    await cluster.up(nodes);
  } catch (error) {
    await cluster.down();
    throw error;
  }
}

/** The cluster with this name that was started here, whatever carries it, by any process. */
export async function findCluster(
  name: string,
  options: ClusterOptions = {},
): Promise<Cluster | undefined> {
  for (const backend of ["local", "kind"] as const) {
    const cluster = clusterOn(backend, name, options);
    if (await cluster.exists()) return cluster;
  }
  return undefined;
}

/** A cluster that may not be there yet. */
export function clusterOn(backend: Backend, name: string, options: ClusterOptions = {}): Cluster {
  return backend === "kind" ? new KindCluster(name, options) : new LocalCluster(name, options);
}

/**
 * What carries clusters here: what WARM_IMAGES_CLUSTER says, else kind where Docker answers, else
 * this machine itself. Throws `NoClusterError` where that cannot be.
 */
export async function chooseBackend(
  wanted: string | undefined = Deno.env.get("WARM_IMAGES_CLUSTER") || undefined,
  kubernetes: KubernetesVersion = kubernetesVersion(),
): Promise<Backend> {
  switch (wanted) {
    case "kind":
      return allowed("kind", await whyNoKind());
    case "local":
      return allowed("local", await whyNoLocalCluster(undefined, kubernetes));
    case undefined: {
      const without = await whyNoKind();
      if (without === undefined) return "kind";
      const reason = await whyNoLocalCluster(undefined, kubernetes);
      return allowed("local", reason && `${without}. Without Docker, ${reason}`);
    }
    default:
      throw new NoClusterError(`Cannot start a cluster on "${wanted}": say kind or local`);
  }
}

function allowed(backend: Backend, obstacle: string | undefined): Backend {
  if (obstacle === undefined) return backend;
  throw new NoClusterError(`Cannot start a cluster: ${obstacle}`);
}
