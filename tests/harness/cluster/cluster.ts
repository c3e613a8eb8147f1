import { type CommandResult, runCommand } from "../commands.ts";
import type { BuiltImages } from "../images/image_builds.ts";
import type { ImageName } from "../images/image_source.ts";
import type { KubernetesVersion } from "../tools/kubernetes_version.ts";
import type { NodeSpec } from "./node_spec.ts";

/** Where an image lies, as values of the chart name it. */
export interface ImagePlace {
  readonly repository: string;
  readonly tag: string;
}

/** Where both images lie. */
export type ImagePlaces = Readonly<Record<ImageName, ImagePlace>>;

/** What carries a cluster: Docker, or this machine itself. */
export type Backend = "kind" | "local";

/** A command of this machine that acts on a cluster. */
export interface ClusterCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Joins the environment of this process. */
  readonly env: Record<string, string>;
}

/** What a cluster may be told when it is named. */
export interface ClusterOptions {
  /** Ends `up()`, which then throws; what it made so far is for `down()` to remove. */
  readonly signal?: AbortSignal;
  /** It is removed by the next start of any once this process is gone; default: it outlives it. */
  readonly endsWithProcess?: boolean;
  /** Which one `up()` starts; default: by which this run tests. */
  readonly kubernetes?: KubernetesVersion | undefined;
  /** Gets a line for each step that takes long. */
  readonly printProgress?: (line: string) => void;
}

/** A real Kubernetes cluster, whatever carries it; disposing removes it with all it left. */
export interface Cluster extends AsyncDisposable {
  readonly backend: Backend;
  readonly name: string;
  /** Path of an administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** Whether it was started and not removed since; it may have died. */
  exists(): Promise<boolean>;
  /** Whether any of its nodes runs. */
  lives(): Promise<boolean>;
  /** Starts it with these nodes and waits until all are ready. */
  up(nodes: readonly NodeSpec[]): Promise<unknown>;
  /** Removes it with all it left; does nothing to what is gone. */
  down(): Promise<void>;
  /** Names of its nodes. */
  nodes(): Promise<readonly string[]>;
  /** How to run `kubectl` or `helm` for it. */
  command(program: "kubectl" | "helm", ...args: string[]): Promise<ClusterCommand>;
  /** How to run `ctr` on a node, in namespace k8s.io. */
  ctrCommand(node: string, ...args: string[]): Promise<ClusterCommand>;
  kubectl(...args: string[]): Promise<CommandResult>;
  helm(...args: string[]): Promise<CommandResult>;
  /** Runs `ctr` on a node, in namespace k8s.io. */
  ctr(node: string, ...args: string[]): Promise<CommandResult>;
  /**
   * Makes our images, built here or before, usable for pods: where the result says, and under the
   * names that the chart gives them by default.
   */
  load(images?: BuiltImages): Promise<ImagePlaces>;
}

/** What a command of `kubectl` or `helm` printed; throws when it failed. */
export async function must(running: Promise<CommandResult>): Promise<string> {
  const { code, stdout, stderr } = await running;
  if (code !== 0) throw new Error((stderr || stdout).trim().slice(-4000));
  return stdout;
}

/** Runs a command of a cluster to its end. */
export async function runFor({ command, args, env }: ClusterCommand): Promise<CommandResult> {
  return await runCommand(command, args, { env });
}
