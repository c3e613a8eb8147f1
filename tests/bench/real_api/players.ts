import { freePort } from "../../harness/ports.ts";
import { startProcess } from "../../harness/process.ts";
import type { ApiServer } from "../../harness/servers/api_server.ts";
import { obtainTool } from "../../harness/tools/tools.ts";
import { answersOk } from "../../harness/wait.ts";
import { kwokStages } from "./kwok_stages.ts";

/** The scheduler takes any node that has room; to look for the best is most of its work. */
const ANY_NODE = { disabled: [{ name: "*" }] };

/** One program beside the API server. */
interface Player {
  readonly name: "kube-controller-manager" | "kube-scheduler" | "kwok";
  readonly args: string[];
  readonly ready?: () => Promise<boolean>;
}

/** Starts what turns Deployments into running pods; disposing stops all of it. */
export async function startPlayers(api: ApiServer): Promise<AsyncDisposable> {
  await using parts = new AsyncDisposableStack();
  for (const player of [controllerManager(api), await scheduler(api), await kwok(api)]) {
    const { name, args, ready } = player;
    parts.use(await startProcess(await obtainTool(name), { args, ...(ready && { ready }) }));
  }
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

async function kwok({ folder, adminKubeconfig }: ApiServer): Promise<Player> {
  const path = `${folder}/stages.yaml`;
  await Deno.writeTextFile(path, kwokStages());
  const address = `127.0.0.1:${freePort()}`;
  const args = [
    `--kubeconfig=${adminKubeconfig}`,
    `--config=${path}`,
    "--manage-all-nodes",
    "--node-lease-duration-seconds=0", // the controller does not see Leases of nodes
    `--server-address=${address}`,
    "--v=WARN",
  ];
  return { name: "kwok", args, ready: () => answersOk(`http://${address}/healthz`) };
}
