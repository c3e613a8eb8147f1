import type { CommandResult } from "../lab/commands.ts";
import type { BuiltImages } from "../lab/image_builds.ts";
import type { ImageName } from "../lab/image_source.ts";

/** Where an image lies, as values of the chart name it. */
export interface ImagePlace {
  readonly repository: string;
  readonly tag: string;
}

/** A real Kubernetes cluster, whatever carries it; disposing removes it with all it left. */
export interface Cluster extends AsyncDisposable {
  readonly back: "kind" | "local";
  readonly name: string;
  /** Path of an administrator's kubeconfig. */
  readonly kubeconfig: string;
  kubectl(...args: string[]): Promise<CommandResult>;
  helm(...args: string[]): Promise<CommandResult>;
  /** Runs `ctr` on a node, in namespace k8s.io. */
  ctr(node: string, ...args: string[]): Promise<CommandResult>;
  /** Makes images that were built here usable for pods. */
  load(images: BuiltImages): Promise<Readonly<Record<ImageName, ImagePlace>>>;
}

/** What a command of `kubectl` or `helm` printed; throws when it failed. */
export async function must(running: Promise<CommandResult>): Promise<string> {
  const { code, stdout, stderr } = await running;
  if (code !== 0) throw new Error((stderr || stdout).trim().slice(-4000));
  return stdout;
}
