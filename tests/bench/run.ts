// `deno task bench [name …]`: measures each figure on real parts and prints them beside their targets.
import { agentFigures, firstReport } from "./agent_figures.ts";
import { controllerMemory, eventToPull } from "./controller_figures.ts";
import { fleetReports } from "./fleet_reports.ts";
import { clusterBench } from "./cluster/figures.ts";
import { type Figure, figureTable } from "./figure.ts";
import { goReader } from "./go_reader.ts";
import { largeClusterFigures } from "./large_cluster_figures.ts";
import { loginFigures } from "./login_figures.ts";
import { natsMemory } from "./nats_memory.ts";
import { newNodes } from "./new_nodes.ts";
import { pageFigures } from "./page_figures.ts";
import { passFigures } from "./pass_figures.ts";
import { agentUnderLoad } from "./pulls/agent_under_load.ts";
import { besideKubelet } from "./pulls/beside_kubelet.ts";
import { largeLayers } from "./pulls/large_layers.ts";
import { smallImages } from "./pulls/small_images.ts";
import { realApiServerFigures } from "./real_api/figures.ts";
import { statusFigures } from "./status_figures.ts";
import { wantedBytes } from "./wanted_bytes.ts";
import { privateStart } from "./cluster/private_start.ts";
import { twoNodes } from "./cluster/two_nodes.ts";
import { childrenNow, sinceGone } from "../harness/children.ts";
import { printProgress } from "../harness/print.ts";
import { listenForStop } from "../harness/stop_signals.ts";

const BENCHES: Readonly<Record<string, () => Promise<Figure[]>>> = {
  "event-to-pull": eventToPull,
  "agent": agentFigures,
  "controller-memory": controllerMemory,
  "fleet-reports": fleetReports,
  "status": statusFigures,
  "large-cluster": largeClusterFigures,
  "new-nodes": newNodes,
  "real-api-server": realApiServerFigures,
  "small-images": smallImages,
  "large-layers": largeLayers,
  "agent-under-load": agentUnderLoad,
  "beside-kubelet": besideKubelet,
  "first-report": firstReport,
  "nats-memory": natsMemory,
  "go-reader": goReader,
  "page": pageFigures,
  "passes": passFigures,
  "logins": loginFigures,
  "wanted-bytes": wantedBytes,
  "cluster": clusterBench,
  "two-nodes": twoNodes,
  "private-start": privateStart,
};

if (import.meta.main) {
  using stopped = listenForStop();
  const over = Promise.withResolvers<number>();
  stopped.stop.addEventListener("abort", () => over.resolve(endChildren()));
  Deno.exit(await Promise.race([main(Deno.args), over.promise]));
}

async function main(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => !(name in BENCHES));
  if (unknown.length > 0) {
    printProgress(`Unknown: ${unknown.join(", ")}. Known: ${Object.keys(BENCHES).join(", ")}`);
    return 2;
  }
  const figures: Figure[] = [];
  for (const [name, measure] of Object.entries(BENCHES)) {
    if (names.length > 0 && !names.includes(name)) continue;
    printProgress(`— ${name}`);
    figures.push(...await measure());
  }
  Deno.stdout.writeSync(new TextEncoder().encode(`${figureTable(figures)}\n`));
  return 0;
}

/** A bench that is given up leaves no server behind; resolves to its exit code. */
async function endChildren(): Promise<number> {
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    for (const { pid } of await childrenNow()) Deno.kill(pid, signal);
    await sinceGone(childrenNow);
  }
  return 130;
}
