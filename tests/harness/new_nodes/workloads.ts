import { call } from "../servers/api_objects.ts";
import type { ApiServer } from "../servers/api_server.ts";

const WRITERS = 16;

/** Workloads of pools of nodes. */
export interface Pools {
  readonly names: readonly string[];
  /** Of each pool's workloads; no two workloads have the same. */
  readonly images: number;
}

/** The image of a pool's workload of this number, as it is known. */
export function imageOf(pool: string, number: number): string {
  return `registry.example/team/${pool}-app-${number}:1.4.2`;
}

/** Makes a DaemonSet for the first image of each pool, and a Deployment for each other one. */
export async function createWorkloads(
  { admin }: ApiServer,
  { names, images }: Pools,
): Promise<void> {
  const objects = names.flatMap((pool) =>
    Array.from({ length: images }, (_, number) => workload(pool, number))
  );
  const create = async () => {
    for (let next = objects.pop(); next !== undefined; next = objects.pop()) {
      const path = `/apis/apps/v1/namespaces/default/${next.kind.toLowerCase()}s`;
      await call(admin, "POST", path, next);
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, create));
}

function workload(pool: string, number: number) {
  const name = `${pool}-${number}`;
  const labels = { app: name };
  const isDaemon = number === 0;
  const spec = {
    nodeSelector: { pool },
    containers: [{ name: "main", image: imageOf(pool, number) }],
  };
  return {
    apiVersion: "apps/v1",
    kind: isDaemon ? "DaemonSet" : "Deployment",
    metadata: { name },
    spec: {
      ...(!isDaemon && { replicas: 2 }),
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec },
    },
  };
}
