import { parseArgs } from "node:util";
import { CONTAINERD_VERSIONS, isContainerdVersion } from "../harness/tools/containerd_lines.ts";
import {
  isKubernetesVersion,
  KUBERNETES_VERSIONS,
  type KubernetesVersion,
} from "../harness/tools/kubernetes_version.ts";
import { CLUSTER_NAME } from "../harness/cluster/cluster_folders.ts";
import type { NodeSpec } from "../harness/cluster/node_spec.ts";

/** What `deno task cluster` shall do. */
export type TaskCommand =
  & { readonly name: string }
  & (
    | {
      readonly verb: "up";
      readonly on: string | undefined;
      readonly kubernetes: KubernetesVersion | undefined;
      readonly nodes: readonly NodeSpec[];
    }
    | { readonly verb: "down" | "load" }
    | { readonly verb: "kubectl" | "helm"; readonly args: readonly string[] }
    | { readonly verb: "ctr"; readonly node: string; readonly args: readonly string[] }
  );

/** What the person typed cannot be done; the message says what can. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** Text of `--help`. */
export const HELP = `A real Kubernetes cluster on this machine.

  deno task cluster up [--nodes N] [--kubernetes ${KUBERNETES_VERSIONS.join("|")}] [--on kind|local]
                       [--containerd ${CONTAINERD_VERSIONS.join("|")} …]
  deno task cluster load             build both images and make them usable for pods
  deno task cluster kubectl ARGS …   as kubectl, with an administrator's kubeconfig
  deno task cluster helm ARGS …      as helm, the same
  deno task cluster ctr NODE ARGS …  containerd's client on a node, in namespace k8s.io
  deno task cluster down

  --name NAME   which cluster, before or behind up, load and down, before the others;
                default: dev. Several can run at the same time.
  --nodes       default: 2
  --kubernetes  default: $WARM_IMAGES_KUBERNETES, else ${KUBERNETES_VERSIONS[0]}
  --containerd  the line of containerd: once for all nodes, or once for each; local only.
                Default: 1.7 and 2.3 in turn.
  --on          kind needs Docker; local needs Linux and root, and builds Kubernetes from source
                once, in about 10 minutes. Default: $WARM_IMAGES_CLUSTER, else kind where Docker
                answers, else local.
`;

/** Reads the command line; undefined: help is wanted. Throws `UsageError`. */
export function readTaskCommand(args: readonly string[]): TaskCommand | undefined {
  const [first = "--help", ...rest] = args;
  switch (first) {
    case "--help":
    case "-h":
    case "help":
      return undefined;
    case "--name": {
      const [name = "", ...behind] = rest;
      const command = readTaskCommand(behind);
      return command && { ...command, name: checkedName(name) };
    }
    case "up":
    case "down":
    case "load":
      return readOwn(first, rest);
    case "kubectl":
    case "helm":
      return { verb: first, name: "dev", args: rest };
    case "ctr": {
      const [node, ...behind] = rest;
      if (node === undefined) throw new UsageError("Cannot run ctr: name a node first");
      return { verb: "ctr", name: "dev", node, args: behind };
    }
    default:
      throw new UsageError(
        `Cannot "${first}" a cluster: say up, down, load, kubectl, helm or ctr; --help says more`,
      );
  }
}

function readOwn(verb: "up" | "down" | "load", args: string[]): TaskCommand | undefined {
  const values = parseOptions(verb, args);
  if (values.help) return undefined;
  const name = checkedName(values.name ?? "dev");
  if (verb !== "up") return { verb, name };
  return {
    verb,
    name,
    on: values.on,
    kubernetes: checkedKubernetes(values.kubernetes),
    nodes: nodesOf(values.nodes, values.containerd),
  };
}

interface OptionValues {
  readonly help?: boolean;
  readonly name?: string;
  readonly nodes?: string;
  readonly containerd?: string[];
  readonly kubernetes?: string;
  readonly on?: string;
}

function parseOptions(verb: string, args: string[]): OptionValues {
  const common = { name: { type: "string" }, help: { type: "boolean", short: "h" } } as const;
  const ofUp = {
    nodes: { type: "string" },
    containerd: { type: "string", multiple: true },
    kubernetes: { type: "string" },
    on: { type: "string" },
  } as const;
  try {
    return parseArgs({ args, options: verb === "up" ? { ...common, ...ofUp } : common }).values;
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(`Cannot ${verb}: ${error.message}`);
    throw error;
  }
}

/** Without a wish for containerd the specs name none, as kind takes none. */
function nodesOf(count: string | undefined, lines: readonly string[] = []): NodeSpec[] {
  const wanted = Number(count ?? Math.max(2, lines.length));
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > 50) {
    throw new UsageError(`Cannot start "${count}" nodes: --nodes is a number from 1 to 50`);
  }
  const wrong = lines.find((line) => !isContainerdVersion(line));
  if (wrong !== undefined) {
    throw new UsageError(
      `Cannot start containerd "${wrong}": --containerd is one of ${
        CONTAINERD_VERSIONS.join(", ")
      }`,
    );
  }
  if (lines.length > 1 && lines.length !== wanted) {
    throw new UsageError(
      `Cannot start ${wanted} nodes with ${lines.length} times --containerd: say it once, or for each`,
    );
  }
  return Array.from({ length: wanted }, (_, i) => {
    const line = lines[i] ?? lines[0];
    return line !== undefined && isContainerdVersion(line) ? { containerd: line } : {};
  });
}

/** Undefined when nobody asked for one. Throws `UsageError`. */
export function checkedKubernetes(text: string | undefined): KubernetesVersion | undefined {
  if (text === undefined || isKubernetesVersion(text)) return text;
  throw new UsageError(
    `Cannot start Kubernetes "${text}": --kubernetes is ${KUBERNETES_VERSIONS.join(" or ")}`,
  );
}

function checkedName(name: string): string {
  if (CLUSTER_NAME.test(name)) return name;
  throw new UsageError(
    `Cannot call a cluster "${name}": --name is at most 31 small letters, digits and hyphens`,
  );
}
