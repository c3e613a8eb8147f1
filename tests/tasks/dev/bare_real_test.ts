import { assert, assertEquals, assertMatch } from "@std/assert";
import { runCommand } from "../../harness/commands.ts";
import { mountsBelow } from "../../harness/mounts.ts";
import { inheritedFlags } from "../../../mod/build/offline_flags.ts";
import { startProcess, type TestProcess } from "../../harness/process.ts";
import { waitUntil } from "../../harness/wait.ts";
import { realTest, reasonToSkip } from "../../harness/servers/skipping.ts";

const reason = await reasonToSkip("root", "nats-server", "docker-registry", "containerd-1.7");

realTest("dev: what it gives to try works as printed", reason, async () => {
  await using dev = await startDev();
  await waitUntil("it says what to try", () => dev.log().includes("Ctrl-C ends it all"), {
    timeoutMs: 180_000,
  });
  const [addCart, list, remove, ask, figures] = commands(dev.log());

  await shell(addCart);
  await waitUntil("the added image is warm", () => /^warm: .*\/cart:1 after/m.test(dev.log()));
  assertMatch(await shell(list), /\/shop\/cart:1/);

  await shell(remove);
  const isBack = /^gone: .*\/web:1$[^]*^warm: .*\/web:1 after/m;
  await waitUntil("the removed image is back", () => isBack.test(dev.log()));

  assertMatch(await shell(ask), /"ready":true[^]*"ready":true/);
  await waitUntil(
    "the agent counts five warm images",
    async () => /^warm_images_node_warm 5$/m.test(await shell(figures)),
  );
});

realTest("dev: Ctrl-C leaves no process, mount or folder, at any time", reason, async () => {
  for (const moment of ["docker-registry", "INFO  Started", "Ctrl-C ends it all"]) {
    await using dev = await startDev();
    await waitUntil(`it says "${moment}"`, () => dev.log().includes(moment), {
      timeoutMs: 180_000,
    });
    for (let times = 0; times < 2; times++) dev.ctrlC(); // `deno task` passes it on once more
    assertEquals((await dev.exited).code, 0, dev.log());
    assertEquals(await dev.leftovers(), []);
  }
});

Deno.test("dev: the second Ctrl-C forces, and a signal that is passed on counts once", async () => {
  const module = new URL("../../harness/stop_signals.ts", import.meta.url).href;
  await using program = await startProcess(Deno.execPath(), {
    args: [
      "eval",
      `import { listenForStop } from ${JSON.stringify(module)};
       const { stop, force } = listenForStop();
       stop.addEventListener("abort", () => Deno.stdout.write(new TextEncoder().encode("stop ")));
       force.addEventListener("abort", () => Deno.stdout.write(new TextEncoder().encode("force ")));
       await Deno.stdout.write(new TextEncoder().encode("ready "));
       setInterval(() => {}, 1000);`,
    ],
    ready: (process) => Promise.resolve(process.log().includes("ready")),
  });
  program.signal("SIGINT");
  program.signal("SIGTERM");
  await waitUntil("it stops", () => program.log().includes("stop"));
  assertEquals(program.log(), "ready stop ");
  await waitUntil("it is forced", () => {
    program.signal("SIGINT");
    return program.log().includes("force");
  });
  let ended = false;
  program.exited.then(() => ended = true);
  await waitUntil("the third signal ends it", () => {
    program.signal("SIGINT");
    return ended;
  });
  assertEquals((await program.exited).code, 130);
});

interface RunningDev extends TestProcess {
  /** Folders, mounts and processes of it that are still there. */
  leftovers(): Promise<string[]>;
}

async function startDev(): Promise<RunningDev> {
  const folder = await Deno.makeTempDir({ prefix: "warm-images-test-" });
  const entry = new URL("../dev.ts", import.meta.url).pathname;
  const process = await startProcess(Deno.execPath(), {
    args: ["run", "-A", "--no-check", ...inheritedFlags(), entry, "--on", "bare"],
    env: { TMPDIR: folder },
    detached: true,
  });
  return {
    ...process,
    leftovers: async () => [
      ...(await Array.fromAsync(Deno.readDir(folder))).map((entry) => entry.name),
      ...await mountsBelow(folder),
      ...await processesThatName(folder),
    ],
    [Symbol.asyncDispose]: async () => {
      await process.stop();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Command lines of processes in whose arguments or environment the text occurs. */
async function processesThatName(text: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const read = (file: string) => Deno.readTextFile(`/proc/${name}/${file}`).catch(() => "");
    const commandLine = await read("cmdline");
    if ((commandLine + await read("environ")).includes(text)) found.push(commandLine);
  }
  return found;
}

/** What stands at the beginning of a line and begins with a command, in the order printed. */
function commands(log: string): (string | undefined)[] {
  const [, guide = ""] = log.split("Three things to try");
  return [
    /^cat > [^]*?^EOF$/m.exec(guide)?.[0],
    ...guide.split("\n").filter((line) => /^\/|^curl /.test(line)),
  ];
}

async function shell(command: string | undefined): Promise<string> {
  assert(command !== undefined, "A command is missing from what dev printed");
  const { code, stdout, stderr } = await runCommand("sh", ["-c", command]);
  assertEquals(code, 0, `${command}: ${stderr}`);
  return stdout;
}
