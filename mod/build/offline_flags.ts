/** Flags for a child deno that replace JSR packages by stand-ins, where JSR does not answer. */
export async function offlineFlags(): Promise<string[]> {
  const script = new URL("../../tests/offline/flags.ts", import.meta.url);
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", decodeURIComponent(script.pathname)],
    stderr: "inherit",
  }).output();
  const flag = new TextDecoder().decode(stdout).trim();
  return flag === "" ? [] : [flag];
}
