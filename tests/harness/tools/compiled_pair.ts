import { inheritedFlags } from "../../../mod/build/offline_flags.ts";
import { runCommand } from "../commands.ts";
import { obtainDenoOfDenort } from "./denort.ts";
import { REPOSITORY } from "../programs.ts";
import { obtainTool } from "./tools.ts";

/** Freshly compiled programs in a folder of their own; disposing removes it. */
export interface CompiledPair extends AsyncDisposable {
  readonly controller: string;
  readonly agent: string;
}

/**
 * Compiles both programs for this machine as `deno task build` does, with rights for the files of
 * a harness beside those of a node. Where Deno's own site is silent, an older Deno does it, as that is
 * the one whose runtime can be had. Throws `ToolUnavailableError` when there is none.
 */
export async function compilePair(
  also: {
    readonly read: readonly string[];
    readonly write?: readonly string[];
    readonly run: readonly string[];
  },
): Promise<CompiledPair> {
  const denort = await obtainTool("denort");
  const out = await Deno.makeTempDir({ prefix: "warm-images-compiled-" });
  const remove = () => Deno.remove(out, { recursive: true });
  const args = [
    ...["run", "-A", `${REPOSITORY}mod/build/build.ts`, "--only", "x86_64", "--out", out],
    ...also.read.flatMap((path) => ["--also-read", path]),
    ...(also.write ?? []).flatMap((path) => ["--also-write", path]),
    ...also.run.flatMap((path) => ["--also-run", path]),
  ];
  const { code, stdout, stderr } = await runCommand(
    await obtainDenoOfDenort(),
    args,
    // The older Deno takes no authorities of this machine unless told to.
    {
      cwd: REPOSITORY,
      env: {
        DENORT_BIN: denort,
        DENO_TLS_CA_STORE: "system,mozilla",
        WARM_IMAGES_OFFLINE: inheritedFlags().length > 0 ? "1" : "0",
      },
    },
  );
  if (code !== 0) {
    await remove();
    throw new Error(`Cannot compile the programs: ${stdout}${stderr}`);
  }
  const path = (program: string) => `${out}/warm-images-${program}-x86_64-linux`;
  return { controller: path("controller"), agent: path("agent"), [Symbol.asyncDispose]: remove };
}
