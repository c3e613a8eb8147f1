import { runCommand } from "./commands.ts";

/** The flags for `deno` that replace JSR packages by stand-ins, where JSR does not answer. */
export async function offlineFlags(): Promise<string[]> {
  const script = decodeURIComponent(new URL("../offline/flags.ts", import.meta.url).pathname);
  const { stdout } = await runCommand(Deno.execPath(), ["run", "-A", script]);
  return stdout.trim() === "" ? [] : [stdout.trim()];
}
