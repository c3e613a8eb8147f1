import { assertEquals, assertStringIncludes } from "@std/assert";
import { permissionFlags, permissionsOf, type ProgramName } from "./permissions.ts";
import { freePort, startProcess, waitUntil } from "./lab/process.ts";

const OFFLINE = "--import-map=tests/offline/import_map.json";
const ROOT = decodeURIComponent(new URL("../", import.meta.url).pathname);

const POD = `{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: a,
  image: nginx:1.27}]}}`;

for (const program of ["controller", "agent"] as const) {
  Deno.test(`the ${program} answers --help and --version with its rights alone`, async () => {
    const version = await run(program, ["--version"]);
    assertEquals(version, { code: 0, stdout: version.stdout, stderr: "" });
    const help = await run(program, ["--help"]);
    assertEquals([help.code, help.stderr], [0, ""]);
    assertStringIncludes(help.stdout, `Usage: warm-images-${program}`);
  });
}

Deno.test("the controller plans with its rights alone", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/pod.yaml`, POD);
    const { code, stdout, stderr } = await run("controller", [
      "plan",
      "--output=json",
      "--manifests",
      folder,
    ]);
    assertEquals([code, lackIn(stderr)], [0, undefined]);
    assertEquals(JSON.parse(stdout)[0].image, "docker.io/library/nginx:1.27");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

for (
  const [program, ...flags] of [
    ["controller", "--manifests=/nowhere"],
    ["agent", "--containerd-address=/nowhere.sock"],
  ] as const
) {
  Deno.test(`the ${program} waits for NATS with its rights alone`, async () => {
    const port = freePort();
    await using process = await startProcess(Deno.execPath(), {
      args: [
        ...runFlags(program),
        ...flags,
        "--nats-url=127.0.0.1:1",
        `--health-address=127.0.0.1:${port}`,
      ],
      cwd: ROOT,
    });
    await waitUntil("it says that NATS is missing", async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/readyz`).then((r) => r.json(), () => {});
      return answer?.conditions.nats?.holds === false;
    });
    process.signal("SIGTERM");
    assertEquals((await process.exited).code, 0);
    assertEquals(lackIn(process.log()), undefined);
  });
}

Deno.test("the agent's rights let it see how full the disk is", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const module = new URL("../mod/adapters/disk_usage.ts", import.meta.url);
    const look = `import { openDiskUsage } from "${module}";
      await openDiskUsage("${folder}").look();`;
    await Deno.writeTextFile(`${folder}/look.ts`, look);
    const flags = permissionFlags(permissionsOf("agent", { read: [folder] }));
    const { code, stderr } = await deno(["run", "--no-lock", ...flags, `${folder}/look.ts`]);
    assertEquals([code, stderr], [0, ""]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** What Deno says when a right is missing. */
function lackIn(log: string): string | undefined {
  return /NotCapable|Requires .+ access|allow-\w+/.exec(log)?.[0];
}

function runFlags(program: ProgramName): string[] {
  const flags = permissionFlags(permissionsOf(program));
  return ["run", "--no-lock", OFFLINE, ...flags, `${program}.ts`];
}

function run(program: ProgramName, args: readonly string[]) {
  return deno([...runFlags(program), ...args]);
}

async function deno(args: string[]) {
  const output = await new Deno.Command(Deno.execPath(), { args, cwd: ROOT }).output();
  const [stdout, stderr] = [output.stdout, output.stderr].map((b) => new TextDecoder().decode(b));
  return { code: output.code, stdout: stdout ?? "", stderr: stderr ?? "" };
}
