import { startProcess } from "../process.ts";
import { startKwok } from "../servers/kwok.ts";
import { obtainTool } from "../tools/tools.ts";
import { AuditedApi } from "./audited_api.ts";

/**
 * A control plane to which nodes come whose kubelets kwok plays. kube-controller-manager takes the
 * taint `node.kubernetes.io/not-ready` from each as it becomes ready, as somebody else who changes
 * the taints of the same nodes at the same time.
 */
export async function startNodeCluster(): Promise<{ api: AuditedApi } & AsyncDisposable> {
  await using parts = new AsyncDisposableStack();
  const api = parts.use(await AuditedApi.start());
  parts.use(
    await startProcess(await obtainTool("kube-controller-manager"), {
      args: [
        `--kubeconfig=${api.server.adminKubeconfig}`,
        "--controllers=node-lifecycle-controller",
        "--leader-elect=false",
        "--kube-api-qps=1000",
        "--kube-api-burst=2000",
        "--node-monitor-grace-period=1h", // kwok beats up to ten minutes apart, and without Leases
        "--secure-port=0",
      ],
    }),
  );
  parts.use(await startKwok(api.server));
  const everything = parts.move();
  return { api, [Symbol.asyncDispose]: () => everything.disposeAsync() };
}
