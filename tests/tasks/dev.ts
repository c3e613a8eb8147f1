// `deno task dev`: what is in the working tree, running, and anew after each change; --help says
// how.
import { parseArgs } from "node:util";
import { CLUSTER_NAME } from "../harness/cluster/cluster_folders.ts";
import { whyNoKind } from "../harness/cluster/kind_cluster.ts";
import { checkedKubernetes, UsageError } from "./task_arguments.ts";
import {
  KUBERNETES_VERSIONS,
  type KubernetesVersion,
} from "../harness/tools/kubernetes_version.ts";
import { NoClusterError } from "../harness/cluster/open_cluster.ts";
import { devBare, whyNoBareHere } from "./dev/bare.ts";
import { choosePlace, type DevPlace } from "./dev/choice.ts";
import { devOnCluster } from "./dev/on_cluster.ts";
import { printProgress, printResult } from "../harness/print.ts";
import { ToolUnavailableError } from "../harness/tools/tools.ts";

const HELP = `Runs what is in this working tree, and anew after each change, until Ctrl-C.

  deno task dev                on kind where Docker runs, else on bare.
  deno task dev --on kind      on a kind cluster; needs Docker. The cluster stays for the next time.
  deno task dev --on local     on a cluster without Docker; needs Linux, root and Go, and builds
                               Kubernetes from source once, in about 10 minutes. What it starts is
                               removed at the end.
  deno task dev --on bare      without Kubernetes: a folder of manifests instead of an API server,
                               and one containerd as the node; needs Linux and root. What it starts
                               is removed at the end.

  --name NAME   of the cluster, made if there is none; default: dev, as of "deno task cluster"
  --kubernetes  ${KUBERNETES_VERSIONS.join(" or ")}, for a cluster that is made; default:
                $WARM_IMAGES_KUBERNETES, else ${KUBERNETES_VERSIONS[0]}
`;

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: string[]): Promise<number> {
  try {
    const { on, name, kubernetes, help } = readOptions(args);
    if (help) {
      printResult(HELP);
      return 0;
    }
    const place = on ?? await choosePlaceHere();
    if (place === undefined) return 2;
    return place === "bare" ? await devBare() : await devOnCluster(place, name, kubernetes);
  } catch (error) {
    if (error instanceof UsageError || error instanceof NoClusterError) {
      printProgress(error.message);
      return 2;
    }
    if (!(error instanceof ToolUnavailableError)) throw error;
    printProgress(error.message);
    return 1;
  }
}

/** Where to run when nobody said; the message tells which place it is, or why there is none. */
async function choosePlaceHere(): Promise<DevPlace | undefined> {
  const { on, message } = choosePlace({ kind: await whyNoKind(), bare: whyNoBareHere() });
  printProgress(message);
  return on;
}

interface Options {
  readonly on: DevPlace | undefined;
  readonly name: string;
  readonly kubernetes: KubernetesVersion | undefined;
  readonly help: boolean;
}

/** Throws `UsageError`. */
function readOptions(args: string[]): Options {
  const values = parseOptions(args);
  const { on = Deno.env.get("WARM_IMAGES_CLUSTER") || undefined, name, help } = values;
  if (!CLUSTER_NAME.test(name)) throw new UsageError(`Cannot call a cluster "${name}"`);
  if (on === undefined || on === "kind" || on === "local" || on === "bare") {
    return { on, name, kubernetes: checkedKubernetes(values.kubernetes), help };
  }
  throw new UsageError(`Cannot run on "${on}": say --on kind, local or bare`);
}

function parseOptions(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        on: { type: "string" },
        name: { type: "string", default: "dev" },
        kubernetes: { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(`Cannot run dev: ${error.message}`);
    throw error;
  }
}
