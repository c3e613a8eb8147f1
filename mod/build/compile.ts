// Builds the programs; build.ts starts it: `deno task build [--program controller|agent]
// [--only x86_64|aarch64] [--out dist] [--also-read PATH] [--also-write PATH] [--also-run PATH]`. Each
// becomes one executable with its rights inside.
//
// `deno compile` embeds a runtime (denort) that it downloads from Deno's own site. Where that does
// not answer, DENORT_BIN names one for x86_64 (DENORT_BIN_AARCH64 for aarch64); it has to be of the
// very version of Deno that builds.
import { parseArgs } from "node:util";
import { inheritedFlags } from "./offline_flags.ts";
import { type Additions, permissionFlags, permissionsOf, type ProgramName } from "./permissions.ts";

const ROOT = new URL("../../", import.meta.url);

/** Machines to build for, with the variable that may name their runtime. */
const TARGETS = {
  "x86_64": "DENORT_BIN",
  "aarch64": "DENORT_BIN_AARCH64",
} as const;

/** What can be asked for. */
const OPTIONS = {
  program: { type: "string" },
  only: { type: "string" },
  out: { type: "string", default: "dist" },
  "also-read": { type: "string", multiple: true },
  "also-write": { type: "string", multiple: true },
  "also-run": { type: "string", multiple: true },
} as const;

/**
 * Less memory for a little speed: both programs wait most of the time, and one runs on every node.
 * Measured by `deno task bench agent controller-memory large-cluster`. The controller's heap may grow
 * by a quarter between two collections: with `--optimize-for-size`, as the agent has it, it took twice the
 * processor's time to list 260,000 objects, and saved 25 MB.
 */
const V8_FLAGS: Readonly<Record<ProgramName, string>> = {
  agent: "--v8-flags=--optimize-for-size,--lite-mode,--max-semi-space-size=1",
  controller: "--v8-flags=--max-semi-space-size=4,--heap-growing-percent=25",
};

type Machine = keyof typeof TARGETS;

/**
 * `deno bundle` (2.9.6) and the esbuild that it starts were once seen waiting for each other for
 * ever, without using the processor. Bundling takes seconds.
 */
const BUNDLE_ATTEMPTS = 3;
const BUNDLE_MINUTES = 3;

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: OPTIONS });
  const machines = chosen(Object.keys(TARGETS) as Machine[], values.only);
  const programs = chosen(Object.keys(V8_FLAGS) as ProgramName[], values.program);
  if (machines.length === 0 || programs.length === 0) return 2;
  const additions = {
    read: values["also-read"] ?? [],
    write: values["also-write"] ?? [],
    run: values["also-run"] ?? [],
  };
  await Deno.mkdir(new URL(`${values.out}/`, ROOT), { recursive: true });
  let code = 0;
  for (const program of programs) {
    const bundled = `${values.out}/warm-images-${program}.js`;
    if (!await bundle(program, bundled)) return 1;
    for (const machine of machines) {
      const out = `${values.out}/warm-images-${program}-${machine}-linux`;
      const built = await compile(bundled, machine, out, [
        V8_FLAGS[program],
        ...rightsOf(program, additions),
      ]);
      if (built) say(`${out}  ${await megabytes(out)} MB`);
      else code = 1;
    }
    await Deno.remove(new URL(bundled, ROOT));
  }
  return code;
}

/** All that there is, or the one asked for; says so when there is no such one. */
function chosen<Name extends string>(all: readonly Name[], wanted: string | undefined): Name[] {
  const some = all.filter((name) => wanted === undefined || name === wanted);
  if (some.length === 0) say(`Cannot build "${wanted}": say ${all.join(" or ")}`);
  return some;
}

/**
 * One file of all that a program imports. Without it, `deno compile` embeds whole npm packages: 60 MB
 * for the controller, and Deno 2.9 overflows its stack over a test file of one of them
 * (https://github.com/denoland/deno/issues/36746). Its name and its date become part of the
 * executable: they stay the same, so that equal sources give equal bytes.
 */
async function bundle(program: ProgramName, file: string): Promise<boolean> {
  const flags = ["--quiet", "--check", `--output=${file}`, ...inheritedFlags()];
  for (let left = BUNDLE_ATTEMPTS; left > 0; left--) {
    const time = AbortSignal.timeout(BUNDLE_MINUTES * 60_000);
    const args = ["bundle", ...flags, `${program}.ts`];
    const { success } = await deno(args, Deno.env.toObject(), time);
    if (success) {
      await Deno.utime(new URL(file, ROOT), 0, 0);
      return true;
    }
    if (!time.aborted) break;
    say(`Bundling ${program}.ts has not ended within ${BUNDLE_MINUTES} minutes`);
  }
  say(`Cannot bundle ${program}.ts`);
  return false;
}

async function compile(
  file: string,
  machine: Machine,
  out: string,
  flags: readonly string[],
): Promise<boolean> {
  const runtime = Deno.env.get(TARGETS[machine]);
  const env = Deno.env.toObject();
  // Deno would take DENORT_BIN for every target, also for those it does not fit.
  delete env.DENORT_BIN;
  if (runtime) env.DENORT_BIN = runtime;
  const target = `--target=${machine}-unknown-linux-gnu`;
  // A code cache would be a file in /tmp, where others could have put it, for no faster start.
  const shape = ["--quiet", "--no-config", "--no-lock", "--no-code-cache"];
  const args = ["compile", ...shape, target, `--output=${out}`, ...flags, file];
  const { success } = await deno(args, env);
  if (!success) say(`Cannot build ${out}${runtime ? "" : `: ${runtimeAdvice(machine)}`}`);
  return success;
}

function deno(
  args: readonly string[],
  env: Record<string, string>,
  signal?: AbortSignal,
): Promise<Deno.CommandStatus> {
  const options = { args: [...args], cwd: ROOT, clearEnv: true, env, ...(signal && { signal }) };
  return new Deno.Command(Deno.execPath(), options).spawn().status;
}

function runtimeAdvice(machine: Machine): string {
  return `if Deno's own site does not answer, set ${TARGETS[machine]} to a denort of Deno ` +
    `${Deno.version.deno} for ${machine}, or leave it out with --only`;
}

function rightsOf(program: ProgramName, additions: Additions): string[] {
  return permissionFlags(permissionsOf(program, additions));
}

async function megabytes(path: string): Promise<number> {
  return Math.round((await Deno.stat(new URL(path, ROOT))).size / 1e6);
}

function say(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}
