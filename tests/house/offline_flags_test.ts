import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { type CommandResult, runCommand } from "../harness/commands.ts";
import { REPOSITORY } from "../harness/programs.ts";

const FLAGS = "tests/offline/flags.ts";
const BUILD = "mod/build/build.ts";
const STAND_INS = "--import-map=tests/offline/import_map.json";
const PROBE = "/@std/cli/meta.json";

Deno.test("a task takes the published packages where JSR answers", async () => {
  await using jsr = startJsr(200);
  assertEquals(await run(FLAGS, jsr), { code: 0, stdout: "", stderr: "" });
  assertEquals(jsr.asked, [PROBE]);
});

Deno.test("a task takes the stand-ins where JSR does not answer, and says so in one line", async () => {
  await using jsr = startJsr(503);
  assertEquals(await run(FLAGS, jsr), {
    code: 0,
    stdout: STAND_INS,
    stderr: `JSR does not answer at ${jsr.url}: using the stand-ins in tests/offline for @std ` +
      "packages\n",
  });
});

Deno.test("a task takes the stand-ins without asking when told so", async () => {
  await using jsr = startJsr(200);
  const result = await run(FLAGS, jsr, { offline: "1" });
  assertEquals(result, { code: 0, stdout: STAND_INS, stderr: "" });
  assertEquals(jsr.asked, []);
});

Deno.test("a task takes no stand-ins when they are forbidden", async () => {
  await using jsr = startJsr(503);
  const result = await run(FLAGS, jsr, { offline: "0" });
  assertEquals(result, { code: 0, stdout: "", stderr: "" });
});

Deno.test("what runs with the stand-ins gives them to its children without asking", async () => {
  await using jsr = startJsr(200);
  const result = await run(FLAGS, jsr, { flags: [STAND_INS] });
  assertEquals(result, { code: 0, stdout: STAND_INS, stderr: "" });
  assertEquals(jsr.asked, []);
});

Deno.test("WARM_IMAGES_OFFLINE knows 0 and 1 alone", async () => {
  await using jsr = startJsr(200);
  const { code, stderr } = await run(FLAGS, jsr, { offline: "yes" });
  assertEquals(code, 1);
  assertStringIncludes(stderr, 'WARM_IMAGES_OFFLINE must be 0 or 1: current value is "yes"');
});

for (const offline of [undefined, "0"]) {
  Deno.test(`a build fails where JSR does not answer [WARM_IMAGES_OFFLINE=${offline}]`, async () => {
    await using jsr = startJsr(503);
    const { code, stdout, stderr } = await run(BUILD, jsr, { offline });
    assertEquals([code, stdout], [1, ""]);
    assertMatch(stderr, /^Cannot build: JSR does not answer at [^\n]+\n$/);
    for (const hint of [jsr.url, "JSR_URL", "WARM_IMAGES_OFFLINE=1"]) {
      assertStringIncludes(stderr, hint);
    }
  });
}

Deno.test("a build takes the stand-ins when told so, and says that it does", async () => {
  await using jsr = startJsr(200);
  const args = ["--program", "nobody"]; // stops when everything is loaded
  const { code, stderr } = await run(BUILD, jsr, { offline: "1", args });
  assertEquals([code, jsr.asked], [2, []]);
  assertMatch(stderr, /^Building with the stand-ins .+ not for a release\nCannot build "nobody"/);
});

Deno.test("a build takes the published packages where JSR answers", async () => {
  await using jsr = startJsr(200, 404); // it has nothing to give once it was asked
  const { code, stderr } = await run(BUILD, jsr, { args: ["--program", "nobody"] });
  assertEquals(code, 1);
  assert(jsr.asked.length > 1, "the build asks for packages");
  assertStringIncludes(stderr, "JSR package not found: @std/cli");
});

Deno.test("builds and images take no stand-ins by themselves", async () => {
  const dockerfile = await read("Dockerfile");
  const args = [...dockerfile.matchAll(/^ARG (WARM_IMAGES_OFFLINE.*)$/gm)].map(([, arg]) => arg);
  assertEquals(args, ["WARM_IMAGES_OFFLINE", "WARM_IMAGES_OFFLINE"]);
  assertEquals(dockerfile.match(/\bdeno .*$/gm)?.map((line) => line.split(" ", 4)), [
    ["deno", "run", "-A", BUILD],
    ["deno", "run", "-A", BUILD],
  ]);
  const { tasks } = JSON.parse(await read("deno.json"));
  assertEquals(tasks.build, `deno run -A ${BUILD}`);
});

Deno.test("of tests/ a build of the images sees the stand-ins alone", async () => {
  const admitted = (await read(".dockerignore")).match(/^!tests.*$/gm);
  assertEquals(admitted, ["!tests/offline/import_map.json", "!tests/offline/std"]);
});

interface FakeJsr extends AsyncDisposable {
  readonly url: string;
  /** Paths that were asked for. */
  readonly asked: readonly string[];
}

/** A registry that answers with these codes, the last of them for ever. */
function startJsr(...codes: readonly number[]): FakeJsr {
  const asked: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const status = codes[Math.min(asked.length, codes.length - 1)] ?? 404;
    asked.push(new URL(request.url).pathname);
    return new Response("{}", { status });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    asked,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

interface RunOptions {
  readonly offline?: string | undefined;
  readonly flags?: readonly string[];
  readonly args?: readonly string[];
}

/** Runs a script of the repository as a user would whose JSR is the fake one. */
function run(
  script: string,
  { url }: FakeJsr,
  { offline = "", flags = [], args = [] }: RunOptions = {},
): Promise<CommandResult> {
  return runCommand(
    Deno.execPath(),
    ["run", "--allow-all", "--quiet", "--no-lock", ...flags, script, ...args],
    { cwd: REPOSITORY, env: { JSR_URL: url, WARM_IMAGES_OFFLINE: offline, NO_COLOR: "1" } },
  );
}

function read(path: string): Promise<string> {
  return Deno.readTextFile(`${REPOSITORY}${path}`);
}
