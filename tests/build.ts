// Builds the programs: `deno run -A tests/build.ts [--only x86_64|aarch64] [--out dist]
// [--also-read PATH] [--also-run PATH]`. Each becomes one executable with its rights inside.
//
// `deno compile` embeds a runtime (denort) that it downloads from Deno's own site. Where that does
// not answer, DENORT_BIN names one for x86_64 (DENORT_BIN_AARCH64 for aarch64); it has to be of the
// very version of Deno that builds.
import { parseArgs } from "node:util";
import { offlineFlags } from "./offline_flags.ts";
import { type Additions, permissionFlags, permissionsOf, type ProgramName } from "./permissions.ts";

const ROOT = new URL("../", import.meta.url);

/** Machines to build for, with the variable that may name their runtime. */
const TARGETS = {
  "x86_64": "DENORT_BIN",
  "aarch64": "DENORT_BIN_AARCH64",
} as const;

/** What can be asked for. */
const OPTIONS = {
  only: { type: "string" },
  out: { type: "string", default: "dist" },
  "also-read": { type: "string", multiple: true },
  "also-run": { type: "string", multiple: true },
} as const;

/** Deno 2.7 walks our dependencies by recursion and overflows its default stack. */
const RUST_MIN_STACK = `${64 * 1024 * 1024}`;

/**
 * Less memory for a little speed: both programs wait most of the time, and one runs on every node.
 * Measured by `deno task bench agent controller-memory`.
 */
const V8_FLAGS: Readonly<Record<ProgramName, string>> = {
  agent: "--v8-flags=--optimize-for-size,--lite-mode,--max-semi-space-size=1",
  controller: "--v8-flags=--optimize-for-size,--max-semi-space-size=4",
};

type Machine = keyof typeof TARGETS;

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: OPTIONS });
  const machines = (Object.keys(TARGETS) as Machine[])
    .filter((machine) => values.only === undefined || machine === values.only);
  if (machines.length === 0) {
    say(`Cannot build for "${values.only}": say ${Object.keys(TARGETS).join(" or ")}`);
    return 2;
  }
  const additions = { read: values["also-read"] ?? [], run: values["also-run"] ?? [] };
  const flags = [...await offlineFlags(), ...await slimmingFlags()];
  await Deno.mkdir(new URL(`${values.out}/`, ROOT), { recursive: true });
  let code = 0;
  for (const machine of machines) {
    for (const program of ["controller", "agent"] as const) {
      const out = `${values.out}/warm-images-${program}-${machine}-linux`;
      const built = await compile(program, machine, out, [
        ...flags,
        V8_FLAGS[program],
        ...rightsOf(program, additions),
      ]);
      if (built) say(`${out}  ${await megabytes(out)} MB`);
      else code = 1;
    }
  }
  return code;
}

async function compile(
  program: ProgramName,
  machine: Machine,
  out: string,
  flags: readonly string[],
): Promise<boolean> {
  const runtime = Deno.env.get(TARGETS[machine]);
  const env: Record<string, string> = { RUST_MIN_STACK, ...Deno.env.toObject() };
  delete env.DENORT_BIN;
  const target = `--target=${machine}-unknown-linux-gnu`;
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["compile", "--quiet", target, `--output=${out}`, ...flags, `${program}.ts`],
    cwd: ROOT,
    clearEnv: true,
    // Deno would take DENORT_BIN for every target, also for those it does not fit.
    env: runtime ? { ...env, DENORT_BIN: runtime } : env,
  }).spawn().status;
  if (!success) say(`Cannot build ${out}${runtime ? "" : `: ${runtimeAdvice(machine)}`}`);
  return success;
}

function runtimeAdvice(machine: Machine): string {
  return `if Deno's own site does not answer, set ${TARGETS[machine]} to a denort of Deno ` +
    `${Deno.version.deno} for ${machine}, or leave it out with --only`;
}

function rightsOf(program: ProgramName, additions: Additions): string[] {
  return permissionFlags(permissionsOf(program, additions));
}

/** Leaves npm packages out that nothing imports; older Deno does not know how. */
async function slimmingFlags(): Promise<string[]> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["compile", "--help"],
    env: { NO_COLOR: "1" },
  }).output();
  const flag = "--exclude-unused-npm";
  // Deno 2.7 has no such flag and embeds all that the lock file names; without one, what is imported.
  return new TextDecoder().decode(stdout).includes(flag) ? [flag] : ["--no-lock"];
}

async function megabytes(path: string): Promise<number> {
  return Math.round((await Deno.stat(new URL(path, ROOT))).size / 1e6);
}

function say(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}
