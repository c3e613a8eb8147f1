// `deno task cluster`: a real Kubernetes cluster for hands-on work; --help says how. It outlives the
// command that started it.
import type { Cluster, ClusterCommand } from "../harness/cluster/cluster.ts";
import {
  chooseBackend,
  clusterOn,
  findCluster,
  NoClusterError,
  startCluster,
} from "../harness/cluster/open_cluster.ts";
import { HELP, readTaskCommand, type TaskCommand, UsageError } from "./task_arguments.ts";
import { whatNext } from "./task_guide.ts";
import { printProgress, printResult } from "../harness/print.ts";
import { listenForStop } from "../harness/stop_signals.ts";
import { ToolUnavailableError } from "../harness/tools/tools.ts";

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: readonly string[]): Promise<number> {
  try {
    const command = readTaskCommand(args);
    if (command !== undefined) return await run(command);
    printResult(HELP);
    return 0;
  } catch (error) {
    if (error instanceof UsageError || error instanceof NoClusterError) {
      printProgress(error.message);
      return 2;
    }
    if (!(error instanceof Error)) throw error;
    printProgress(
      error instanceof ToolUnavailableError ? error.message : `Failed: ${error.message}`,
    );
    return 1;
  }
}

async function run(command: TaskCommand): Promise<number> {
  switch (command.verb) {
    case "up":
      return await up(command);
    case "down": {
      const cluster = await existing(command.name);
      await cluster.down();
      printProgress(`Cluster "${command.name}" is gone, with all it left`);
      return 0;
    }
    case "load": {
      const places = await (await existing(command.name)).load();
      for (const { repository, tag } of Object.values(places)) printResult(`${repository}:${tag}`);
      printProgress("They are there under the chart's default names too");
      return 0;
    }
    case "kubectl":
    case "helm": {
      const cluster = await existing(command.name);
      return await pass(await cluster.command(command.verb, ...command.args));
    }
    case "ctr": {
      const cluster = await existing(command.name);
      return await pass(await cluster.ctrCommand(command.node, ...command.args));
    }
  }
}

async function up(
  { name, on, kubernetes, nodes }: TaskCommand & { readonly verb: "up" },
): Promise<number> {
  const present = await findCluster(name);
  if (await present?.lives()) {
    throw new NoClusterError(
      `Cannot start "${name}": it runs already; see "deno task cluster --help", or end it with "down"`,
    );
  }
  const asked = on ?? (nodes.some((node) => node.containerd) ? "local" : undefined);
  const backend = await chooseBackend(asked, kubernetes);
  using signals = listenForStop();
  const { stop } = signals;
  const cluster = clusterOn(backend, name, { signal: stop, kubernetes, printProgress });
  try {
    await startCluster(cluster, backend === "local" ? nodes.map(withContainerd) : nodes);
  } catch (error) {
    if (!stop.aborted) throw error;
    printProgress("Interrupted; all that was started is gone again");
    return 130;
  }
  printResult(await whatNext(cluster));
  return 0;
}

async function existing(name: string): Promise<Cluster> {
  const cluster = await findCluster(name, { printProgress });
  if (cluster !== undefined) return cluster;
  throw new NoClusterError(
    `There is no cluster "${name}" here; start it with "deno task cluster up"`,
  );
}

/** Runs a command in our place: its input, output and exit code are ours. */
async function pass({ command, args, env }: ClusterCommand): Promise<number> {
  // A terminal's Ctrl-C is for the command; it decides what becomes of it.
  using _signals = ignoreInterrupt();
  const { code } = await new Deno.Command(command, {
    args: [...args],
    env,
    stdin: "inherit",
  }).spawn().status;
  return code;
}

function ignoreInterrupt(): Disposable {
  const ignore = () => {};
  Deno.addSignalListener("SIGINT", ignore);
  return { [Symbol.dispose]: () => Deno.removeSignalListener("SIGINT", ignore) };
}

function withContainerd<Spec extends object>(node: Spec, index: number) {
  return { containerd: index % 2 === 0 ? "1.7" : "2.3", ...node } as const;
}
