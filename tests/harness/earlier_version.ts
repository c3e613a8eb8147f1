import { inheritedFlags } from "../../mod/build/offline_flags.ts";
import { runCommand } from "./commands.ts";
import { REPOSITORY } from "./programs.ts";

/** The last commit of version 0.1.0. */
export const COMMIT_0_1_0 = "6f9d880efed12525056c3cf54a24810f7bde0a20";

/** Programs of an earlier version, run from its sources; disposing removes these. */
export interface EarlierVersion extends AsyncDisposable {
  /** To be started as binaries. */
  readonly controller: string;
  readonly agent: string;
}

/** Why the sources of a commit are not to be had; undefined when they are. */
export async function reasonWithout(commit: string): Promise<string | undefined> {
  const type = ["-C", REPOSITORY, "cat-file", "-t", commit];
  const { stdout } = await runCommand("git", type).catch(() => ({ stdout: "" }));
  return stdout.trim() === "commit"
    ? undefined
    : `git has no commit ${commit.slice(0, 7)} here (a shallow clone?)`;
}

/** Takes the sources of a commit out of git. */
export async function earlierVersion(commit: string): Promise<EarlierVersion> {
  const folder = await Deno.makeTempDir({ prefix: "warm-images-earlier-" });
  await using stack = new AsyncDisposableStack();
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const archive = `${folder}/sources.tar`;
  await must("git", ["-C", REPOSITORY, "archive", "--output", archive, commit]);
  await must("tar", ["-xf", archive, "-C", folder]);
  const map = inheritedFlags().length > 0
    ? [`--import-map=${folder}/tests/offline/import_map.json`]
    : [];
  const program = async (name: "controller" | "agent") => {
    const path = `${folder}/${name}.sh`;
    const flags = ["run", "--no-prompt", "--allow-all", "--no-check", ...map];
    const command = [Deno.execPath(), ...flags, `${folder}/${name}.ts`];
    const quoted = command.map((word) => `'${word}'`).join(" ");
    await Deno.writeTextFile(path, `#!/bin/sh\nexec ${quoted} "$@"\n`, { mode: 0o755 });
    return path;
  };
  const programs = { controller: await program("controller"), agent: await program("agent") };
  const kept = stack.move();
  return { ...programs, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function must(command: string, args: readonly string[]): Promise<void> {
  const { code, stderr } = await runCommand(command, args);
  if (code !== 0) throw new Error(`Cannot run ${command} ${args.join(" ")}: ${stderr}`);
}
