import { assertEquals } from "@std/assert";

// In a process of its own: without privileges nobody gets back to a higher priority.
const PROGRAM = `
  import { yieldProcessor } from "${new URL("../../mod/adapters/priority.ts", import.meta.url)}";
  const log = (_message, { reason }) => console.log(reason);
  yieldProcessor({ logger: { debug: log, info: log, warn: log, error: log } });
  const { stdout } = await new Deno.Command("cat", { args: ["/proc/self/stat"] }).output();
  await Deno.stdout.write(stdout);
`;

Deno.test("processes started once the processor is yielded come after others", async () => {
  const fields = (await run("--allow-sys=setPriority")).split(") ").at(-1)?.split(" ") ?? [];
  assertEquals(fields[19 - 3], "10"); // nice, see proc_pid_stat(5); the third field is the first here
});

Deno.test("a priority that cannot be lowered is told, and nothing else happens", async () => {
  const said = await run("--deny-sys");
  assertEquals(said.split("\n", 1)[0]?.includes("setPriority"), true, said);
  assertEquals(said.split(") ").at(-1)?.split(" ")[19 - 3], "0");
});

async function run(...flags: string[]): Promise<string> {
  const file = await Deno.makeTempFile({ suffix: ".js" });
  try {
    await Deno.writeTextFile(file, PROGRAM);
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--allow-run=cat", ...flags, file],
    }).output();
    return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  } finally {
    await Deno.remove(file);
  }
}
