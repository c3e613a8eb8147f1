import { startProcess } from "../../harness/process.ts";
import type { ApiServer } from "../../harness/servers/api_server.ts";
import { startKwok } from "../../harness/servers/kwok.ts";
import { obtainTool } from "../../harness/tools/tools.ts";

/** The scheduler takes any node that has room; to look for the best is most of its work. */
const ANY_NODE = { disabled: [{ name: "*" }] };

/** One program beside the API server. */
interface Player {
  readonly name: "kube-controller-manager" | "kube-scheduler";
  readonly args: string[];
}

/** Starts what turns Deployments into running pods; disposing stops all of it. */
export async function startPlayers(api: ApiServer): Promise<AsyncDisposable> {
  await using parts = new AsyncDisposableStack();
  for (const { name, args } of [controllerManager(api), await scheduler(api)]) {
    parts.use(await startProcess(await obtainTool(name), { args }));
  }
  parts.use(await startKwok(api));
  return parts.move();
}

function controllerManager({ adminKubeconfig }: ApiServer): Player {
  const args = [
    `--kubeconfig=${adminKubeconfig}`,
    "--controllers=deployment-controller,replicaset-controller",
    "--leader-elect=false",
    "--kube-api-qps=1000",
    "--kube-api-burst=2000",
    "--concurrent-deployment-syncs=20",
    "--concurrent-replicaset-syncs=20",
    "--secure-port=0",
  ];
  return { name: "kube-controller-manager", args };
}

async function scheduler({ folder, adminKubeconfig: kubeconfig }: ApiServer): Promise<Player> {
  const path = `${folder}/scheduler.json`;
  const config = {
    apiVersion: "kubescheduler.config.k8s.io/v1",
    kind: "KubeSchedulerConfiguration",
    clientConnection: { kubeconfig, qps: 1000, burst: 2000 },
    leaderElection: { leaderElect: false },
    percentageOfNodesToScore: 5,
    profiles: [{ plugins: { preScore: ANY_NODE, score: ANY_NODE } }],
  };
  await Deno.writeTextFile(path, JSON.stringify(config));
  return { name: "kube-scheduler", args: [`--config=${path}`, "--secure-port=0"] };
}
