import { inheritedFlags } from "../../../mod/build/offline_flags.ts";
import { onPath, runCommand } from "../commands.ts";
import { obtainDenoOfDenort } from "../tools/denort.ts";
import { MOUNTS } from "./image_bases.ts";
import { REPOSITORY } from "../programs.ts";
import { obtainTool, ToolUnavailableError } from "../tools/tools.ts";

/** A file or folder of this machine, and where a build sees it. */
export interface Mount {
  readonly from: string;
  readonly to: string;
  readonly readOnly?: boolean;
}

/**
 * The compilers and their caches, filled with all that the Dockerfile's builds will ask for: so they
 * need no registry, and the settings for this machine's registries never get near an image.
 */
export async function compilersAndCaches(ctrPackage: string): Promise<Mount[]> {
  const deno = await obtainDenoOfDenort();
  const denoDir = await warmDeno(deno);
  const go = await warmGo(ctrPackage);
  return [
    { from: deno, to: MOUNTS.deno, readOnly: true },
    { from: await obtainTool("denort"), to: MOUNTS.denort, readOnly: true },
    { from: denoDir, to: MOUNTS.denoDir },
    { from: go.root, to: MOUNTS.go, readOnly: true },
    { from: go.modules, to: MOUNTS.goModules },
    { from: go.cache, to: MOUNTS.goCache },
  ];
}

async function warmDeno(deno: string): Promise<string> {
  // This Deno takes no authorities of the machine unless told to.
  const env = { DENO_TLS_CA_STORE: "system,mozilla" };
  const flags = inheritedFlags();
  const folder = await Deno.makeTempDir({ prefix: "warm-images-bundles-" });
  try {
    for (const program of ["controller", "agent"]) {
      const output = `--output=${folder}/${program}.js`;
      const args = ["bundle", "--quiet", output, ...flags, `${program}.ts`];
      await must(deno, args, { env, cwd: REPOSITORY });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  return JSON.parse(await must(deno, ["info", "--json"])).denoDir;
}

async function warmGo(
  ctrPackage: string,
): Promise<{ readonly root: string; readonly modules: string; readonly cache: string }> {
  const go = onPath("go");
  if (go === undefined) {
    throw new ToolUnavailableError('Cannot build the agent\'s image: install "go" 1.26 or newer');
  }
  const folder = await Deno.makeTempDir({ prefix: "warm-images-go-" });
  try {
    const env = { CGO_ENABLED: "0", GOBIN: folder };
    await must(go, ["install", "-trimpath", "-ldflags", "-s -w", ctrPackage], { env });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  const { GOROOT, GOMODCACHE, GOCACHE } = JSON.parse(await must(go, ["env", "-json"]));
  return { root: GOROOT, modules: GOMODCACHE, cache: GOCACHE };
}

async function must(
  command: string,
  args: string[],
  options: { readonly env?: Record<string, string>; readonly cwd?: string } = {},
): Promise<string> {
  const { code, stdout, stderr } = await runCommand(command, args, options);
  if (code === 0) return stdout;
  throw new ToolUnavailableError(
    `Cannot prepare a build of the images: ${command} ${args[0]}: ${stderr.trim().slice(-1000)}`,
  );
}
