import { freePort } from "../ports.ts";
import { startProcess, type TestProcess } from "../process.ts";
import { obtainTool } from "../tools/tools.ts";
import { answersOk } from "../wait.ts";
import type { ApiServer } from "./api_server.ts";
import { kwokStages } from "./kwok_stages.ts";

/** Starts kwok, which plays the kubelets of all nodes of an API server, but for their Leases. */
export async function startKwok({ folder, adminKubeconfig }: ApiServer): Promise<TestProcess> {
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
  const ready = () => answersOk(`http://${address}/healthz`);
  return await startProcess(await obtainTool("kwok"), { args, ready });
}
