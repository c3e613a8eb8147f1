import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { runCommand } from "../harness/commands.ts";
import { REPOSITORY } from "../harness/programs.ts";
import { judgeAge, packagesIn } from "./package_age.ts";

Deno.test("packages of both registries are read from imports, each once", () => {
  const imports = {
    "@std/async/delay": "jsr:@std/async@1.5.0/delay",
    "nats": "npm:nats@2.29.3",
    "nats/": "npm:/nats@2.29.3/",
    "client": "npm:@kubernetes/client-node@1.4.0",
  };
  assertEquals(packagesIn(imports), [
    { registry: "jsr", name: "@std/async", version: "1.5.0" },
    { registry: "npm", name: "nats", version: "2.29.3" },
    { registry: "npm", name: "@kubernetes/client-node", version: "1.4.0" },
  ]);
});

Deno.test("a package is newest, older, held back or not known", () => {
  const yaml = { registry: "npm", name: "yaml", version: "2.9.1" } as const;
  assertEquals(judgeAge(yaml, "2.9.1"), { text: "npm:yaml 2.9.1  newest", isOutdated: false });
  const older = judgeAge(yaml, "3.0.0");
  assertEquals(older, { text: "npm:yaml 2.9.1  older than 3.0.0", isOutdated: true });
  assertEquals(judgeAge(yaml, undefined).text, "npm:yaml 2.9.1  not known");
  const client = { ...yaml, name: "@kubernetes/client-node", version: "1.4.0" };
  const held = judgeAge(client, "2.0.1");
  assertMatch(held.text, /held back from 2\.0\.1: .+/);
  assertEquals(held.isOutdated, false);
});

Deno.test("the task asks the JSR that is set, and says when it does not answer", async () => {
  const folder = await Deno.makeTempDir();
  // Where JSR tells a version, npm fails.
  await Deno.writeTextFile(`${folder}/npm`, "#!/bin/sh\nexit 1\n", { mode: 0o755 });
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
    return Response.json({ latest: "99.0.0" });
  });
  try {
    const run = (jsr: string) =>
      runCommand(Deno.execPath(), ["run", "--allow-all", "--quiet", "tests/tasks/outdated.ts"], {
        cwd: REPOSITORY,
        env: { JSR_URL: jsr, PATH: `${folder}:/usr/bin:/bin` },
      });
    const told = await run(`http://127.0.0.1:${server.addr.port}`);
    assertEquals(told.code, 1);
    assertMatch(told.stdout, /^jsr:@std\/assert \S+ {2}older than 99\.0\.0$/m);
    assertMatch(told.stdout, /^npm:yaml \S+ {2}not known$/m);
    assertStringIncludes(told.stderr, "npm does not answer");
    const silent = await run("http://127.0.0.1:1/");
    assertMatch(silent.stdout, /^jsr:@std\/assert \S+ {2}not known$/m);
    assertStringIncludes(silent.stderr, "JSR does not answer at http://127.0.0.1:1/\n");
    assertEquals(silent.code, 1);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
