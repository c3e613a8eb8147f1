import { type CommandResult, runCommand } from "../commands.ts";
import { containerdConfig } from "./containerd_config.ts";
import { unmountBelow } from "../mounts.ts";
import { startProcess, type TestProcess } from "../process.ts";
import {
  canHaveContainerd,
  CONTAINERD_VERSIONS,
  type ContainerdTools,
  type ContainerdVersion,
  obtainContainerdLine,
} from "../tools/containerd_lines.ts";

export type { ContainerdVersion } from "../tools/containerd_lines.ts";
export { mapHost } from "./hosts_dir.ts";

/** A containerd of our own; disposing ends it and removes all it left, mounts too. */
export interface TestContainerd extends AsyncDisposable {
  /** Absolute path of its socket. */
  readonly address: string;
  /** Where it keeps images. */
  readonly root: string;
  /** Absolute path of the `ctr` of the same version. */
  readonly ctrPath: string;
  readonly version: ContainerdVersion;
  /** For `mapHost()` and `ctr --hosts-dir`; empty at first. */
  readonly hostsDir: string;
  /** The current process; another one after a restart. */
  readonly process: TestProcess;
  /** Runs `ctr` against it, in namespace k8s.io. */
  ctr(...args: string[]): Promise<CommandResult>;
  /** Stops it, empties its store if told to, and starts it again on the same socket. */
  restart(options?: { readonly wipe?: boolean }): Promise<void>;
  /** SIGKILL; resolves once it is gone. `restart()` brings it back. */
  kill(): Promise<void>;
  /** SIGSTOP; from when this resolves, it accepts connections but answers nothing. */
  suspend(): Promise<void>;
  resume(): Promise<void>;
}

/** What to start; without `tools`, our own of `version` are used. */
export interface StartContainerdOptions {
  readonly version: ContainerdVersion;
  readonly tools?: ContainerdTools;
  /** Keeps images in this folder, which stays; default: a folder that is removed. */
  readonly root?: string;
  /** Appended to `config.toml`. */
  readonly extraConfig?: string;
  /** See `startProcess()`. */
  readonly detached?: boolean;
}

/** Every line of containerd that this machine has, or could fetch or build; names for tests. */
export function availableContainerds(): ContainerdVersion[] {
  return CONTAINERD_VERSIONS.filter(canHaveContainerd);
}

/** Why a containerd cannot be run by this user, or `undefined` when it can. */
export function containerdNeedsRoot(): string | undefined {
  return Deno.uid() === 0 ? undefined : "containerd needs root; run with sudo";
}

/** Starts a containerd with folders and sockets of its own and waits until it answers. */
export async function startContainerd(options: StartContainerdOptions): Promise<TestContainerd> {
  const { version } = options;
  const tools = options.tools ?? await obtainContainerdLine(version);
  const generation = await configGeneration(tools.containerd);
  const folder = await Deno.makeTempDir({ prefix: "warm-images-containerd-" });
  const root = options.root ?? `${folder}/root`;
  const hostsDir = `${folder}/certs.d`;
  const address = `${folder}/c.sock`;
  const ctr = (...args: string[]) =>
    runCommand(tools.ctr, ["-a", address, "--connect-timeout", "5s", "-n", "k8s.io", ...args], {
      env: { CONTAINERD_SUPPRESS_DEPRECATION_WARNINGS: "1" },
    });
  const config = `${folder}/config.toml`;
  const start = () =>
    startProcess(tools.containerd, {
      args: ["-c", config],
      detached: options.detached ?? false,
      ready: async () => await exists(address) && (await ctr("version")).code === 0,
    });
  const foundShimFolder = await exists(SHIM_FOLDER);
  const remove = async () => {
    if (!foundShimFolder) await Deno.remove(SHIM_FOLDER).catch(() => {}); // stays when not empty
    await unmountBelow(folder);
    await unmountBelow(root);
    await Deno.remove(folder, { recursive: true });
  };
  let process: TestProcess;
  try {
    await Deno.mkdir(hostsDir);
    await Deno.writeTextFile(
      config,
      containerdConfig(generation, { folder, root, hostsDir }, options.extraConfig),
    );
    process = await start();
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    address,
    root,
    ctrPath: tools.ctr,
    version,
    hostsDir,
    get process() {
      return process;
    },
    ctr,
    restart: async ({ wipe = false } = {}) => {
      await process.stop();
      if (wipe) {
        await unmountBelow(folder);
        await unmountBelow(root);
        await empty(root);
        await empty(`${folder}/state`);
      }
      process = await start();
    },
    kill: async () => {
      await process.kill();
    },
    suspend: () => process.suspend(),
    resume: () => process.resume(),
    [Symbol.asyncDispose]: async () => {
      await process.stop();
      await remove();
    },
  };
}

/** containerd creates it whatever its configuration says (its shims have the path built in). */
const SHIM_FOLDER = "/run/containerd";

/** Configuration files of version 3 came with containerd 2. */
async function configGeneration(containerd: string): Promise<2 | 3> {
  const { stdout } = await runCommand(containerd, ["--version"]);
  return / v?1\.\d+\./.test(stdout) ? 2 : 3;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

async function empty(folder: string): Promise<void> {
  for await (const entry of Deno.readDir(folder)) {
    await Deno.remove(`${folder}/${entry.name}`, { recursive: true });
  }
}
