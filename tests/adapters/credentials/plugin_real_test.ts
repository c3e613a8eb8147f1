import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Clock } from "../../../mod/ports/clock.ts";
import { waitUntil } from "../../harness/wait.ts";
import { CANARY, found, logged, onlyItem, openTestLogins, textOf } from "./harness.ts";
import { answer, testPlugin, waitForRuns } from "./test_plugin.ts";

const IMAGE = "registry.example/team/app:1";
const { signal } = new AbortController();

Deno.test("a plugin gets its arguments, its environment alone, and the repository on its input", async () => {
  Deno.env.set("NATS_PASSWORD", CANARY);
  await using plugin = await testPlugin({
    args: ["get", "--v=3", "a b"],
    env: [{ name: "AWS_REGION", value: "eu-west-1" }],
  });
  await plugin.print(answer({ "registry.example": "one" }));
  await using logins = await openTestLogins(plugin.settings);
  assertEquals(logins.of(IMAGE).map(({ from }) => from), ["plugin test-plugin"]);
  assertEquals((await plugin.runs()).length, 0, "it is not run before a login is asked for");
  assertEquals(await found(logins, IMAGE), ["p:one"]);
  const { args, env, input } = onlyItem(await plugin.runs());
  assertEquals(args, ["get", "--v=3", "a b"]);
  assertEquals(env, { AWS_REGION: "eu-west-1" });
  assertEquals(JSON.parse(input), {
    apiVersion: "credentialprovider.kubelet.k8s.io/v1",
    kind: "CredentialProviderRequest",
    image: "registry.example/team/app",
  });
  Deno.env.delete("NATS_PASSWORD");
});

Deno.test("a plugin is not asked about images that it does not match", async () => {
  await using plugin = await testPlugin();
  await using logins = await openTestLogins(plugin.settings);
  assertEquals(logins.of("registry.test/team/app:1"), []);
});

for (
  const [cacheKeyType, runs] of [["Image", 3], ["Registry", 2], ["Global", 1]] as const
) {
  Deno.test(`an answer for ${cacheKeyType} serves three images of two registries with ${runs} runs`, async () => {
    await using plugin = await testPlugin();
    await plugin.print(answer({ "*.example": "one" }, { cacheKeyType }));
    await using logins = await openTestLogins(plugin.settings);
    for (const image of ["a.example/x", "a.example/y:2", "b.example/x", "a.example/x:3"]) {
      assertEquals(await found(logins, image), ["p:one"]);
    }
    assertEquals((await plugin.runs()).length, runs);
  });
}

for (
  const [what, change, forMs] of [
    ["it says", { cacheDuration: "10m" }, 600_000],
    ["the configuration says", {}, 3_600_000],
  ] as const
) {
  Deno.test(`an answer counts for as long as ${what}`, async () => {
    await using plugin = await testPlugin();
    await plugin.print(answer({ "registry.example": "one" }, change));
    const clock = steppedClock();
    await using logins = await openTestLogins(plugin.settings, { clock });
    assertEquals(await found(logins, IMAGE), ["p:one"]);
    await plugin.print(answer({ "registry.example": "two" }, change));
    clock.step(forMs - 1);
    assertEquals(await found(logins, IMAGE), ["p:one"]);
    clock.step(1);
    assertEquals(await found(logins, IMAGE), ["p:two"]);
  });
}

Deno.test("an answer that may not be kept counts for as long as a pull asks again and again", async () => {
  await using plugin = await testPlugin();
  await plugin.print(answer({ "registry.example": "one" }, { cacheDuration: "0s" }));
  const clock = steppedClock();
  await using logins = await openTestLogins(plugin.settings, { clock });
  for (let request = 0; request < 3; request++) assertEquals(await found(logins, IMAGE), ["p:one"]);
  assertEquals((await plugin.runs()).length, 1);
  clock.step(30_000);
  assertEquals(await found(logins, IMAGE), ["p:one"]);
  assertEquals((await plugin.runs()).length, 2);
});

Deno.test("a refused login is asked for anew, but not when it has only just come", async () => {
  await using plugin = await testPlugin();
  await plugin.print(answer({ "registry.example": "one" }));
  const clock = steppedClock();
  await using logins = await openTestLogins(plugin.settings, { clock });
  const source = onlyItem(logins.of(IMAGE));
  const refused = await source.find({ signal });
  await plugin.print(answer({ "registry.example": "two" }));
  assertEquals(await source.find({ signal, refused }), undefined);
  clock.step(60_000);
  assertEquals(textOf(await source.find({ signal, refused })), "p:two");
  assertEquals((await plugin.runs()).length, 2);
  clock.step(60_000);
  const second = await source.find({ signal });
  assertEquals(await source.find({ signal, refused: second }), undefined, "the same one again");
  assertEquals((await plugin.runs()).length, 3);
});

Deno.test("an answer stays in force for others while the plugin fails to give a newer one", async () => {
  await using plugin = await testPlugin();
  await plugin.print(answer({ "registry.example": "one" }, { cacheKeyType: "Image" }));
  const clock = steppedClock();
  await using logins = await openTestLogins(plugin.settings, { clock });
  const source = onlyItem(logins.of(IMAGE));
  const refused = await source.find({ signal });
  clock.step(60_000);
  await plugin.run("exit 1");
  assertEquals(await source.find({ signal, refused }), undefined);
  assertEquals(await found(logins, IMAGE), ["p:one"]);
  clock.step(300_000);
  await plugin.print(answer({ "registry.example": "two" }, { cacheKeyType: "Registry" }));
  assertEquals(textOf(await source.find({ signal, refused })), "p:two");
  assertEquals(await found(logins, IMAGE), ["p:two"]);
  assertEquals((await plugin.runs()).length, 3);
});

Deno.test("of several logins in an answer, the next is given after a refused one", async () => {
  await using plugin = await testPlugin();
  await plugin.print(answer({ "registry.example/team": "team", "registry.example": "host" }));
  await using logins = await openTestLogins(plugin.settings);
  const source = onlyItem(logins.of(IMAGE));
  const first = await source.find({ signal });
  const second = await source.find({ signal, refused: first });
  assertEquals([first, second].map(textOf), ["p:team", "p:host"]);
  assertEquals(await source.find({ signal, refused: second }), undefined);
  assertEquals((await plugin.runs()).length, 1);
});

Deno.test("many who ask at the same time have the plugin run once", async () => {
  await using plugin = await testPlugin();
  await plugin.print(answer({ "registry.example": "one" }));
  await using logins = await openTestLogins(plugin.settings);
  const images = ["a", "b", "a", "c", "a"].map((name) => `registry.example/${name}`);
  const all = await Promise.all(images.map((image) => found(logins, image)));
  assertEquals(all.flat(), Array(5).fill("p:one"));
  assertEquals((await plugin.runs()).length, 1);
});

Deno.test("those who ask about one image at the same time share its run", async () => {
  await using plugin = await testPlugin();
  const good = answer({ "registry.example": "one" }, { cacheKeyType: "Image" });
  await plugin.run(`until [ -e "$PLUGIN/go" ]; do sleep 0.05; done; echo '${good}'`);
  await using logins = await openTestLogins(plugin.settings);
  const all = [1, 2, 3].map(() => found(logins, IMAGE));
  await waitForRuns(plugin, 1);
  await Deno.writeTextFile(plugin.program.replace("bin/test-plugin", "go"), "");
  await Promise.all(all);
  assertEquals((await plugin.runs()).length, 1);
});

const FAULTS = [
  ["ends with a code", `echo ${CANARY} >&2; echo ${CANARY}; exit 3`, "it ended with code 3"],
  ["prints nothing", "exit 0", "it answered nothing"],
  ["prints garbage", `echo ${CANARY}`, "its answer is not JSON"],
  ["prints garbage without end", "exec cat /dev/zero", "it printed more than 1 MiB"],
  ["prints 100 MB at once", `head -c 100000000 /dev/zero | tr '\\0' x`, "more than 1 MiB"],
  ["answers with a broken login", `echo '{"auth":{"a":"${CANARY}"}}'`, "see"],
  ["kills itself", "kill -9 $$", "it ended with code 137"],
] as const;

for (const [what, lines, why] of FAULTS) {
  Deno.test(`a plugin that ${what} gives no login, is named once, and is left alone for a while`, async () => {
    await using plugin = await testPlugin();
    await plugin.run(lines);
    const clock = steppedClock();
    await using logins = await openTestLogins(plugin.settings, { clock });
    for (let time = 0; time < 3; time++) assertEquals(await found(logins, IMAGE), [undefined]);
    assertEquals(await found(logins, "registry.example/other"), [undefined]);
    assertEquals((await plugin.runs()).length, 1);
    clock.step(15_000);
    assertEquals(await found(logins, IMAGE), [undefined]);
    assertEquals((await plugin.runs()).length, 2);
    const { message, fields } = onlyItem(
      logins.logger.lines.filter(({ level }) => level === "warn"),
    );
    assertEquals(message, "Got no login from a credential plugin");
    assertEquals([fields["plugin"], fields["registry"]], ["test-plugin", "registry.example"]);
    assert(String(fields["reason"]).includes(why), String(fields["reason"]));
    assert(!logged(logins).includes(CANARY), logged(logins));
    await plugin.print(answer({ "registry.example": "one" }));
    clock.step(30_000);
    assertEquals(await found(logins, IMAGE), ["p:one"]);
  });
}

Deno.test("trouble with one registry leaves others alone", async () => {
  await using plugin = await testPlugin();
  const good = answer({ "good.example": "one" });
  await plugin.run(`grep -q good "$RUN/input" || exit 1; echo '${good}'`);
  await using logins = await openTestLogins(plugin.settings);
  assertEquals(await found(logins, "bad.example/app"), [undefined]);
  assertEquals(await found(logins, "good.example/app"), ["p:one"]);
});

Deno.test("a plugin that hangs is killed with its deadline", async () => {
  await using plugin = await testPlugin();
  await plugin.run('echo $$ > "$PLUGIN/pid"; trap "" TERM; while :; do sleep 0.1; done');
  await using logins = await openTestLogins(plugin.settings, { deadlineMs: 2000 });
  assertEquals(await found(logins, IMAGE), [undefined]);
  assert(logged(logins).includes("it gave no answer within"), logged(logins));
  const pid = (await Deno.readTextFile(plugin.program.replace("bin/test-plugin", "pid"))).trim();
  assert(!await isAlive(pid), "it is gone");
});

Deno.test("what a plugin has left running holds nobody up", async () => {
  await using plugin = await testPlugin();
  const good = answer({ "registry.example": "one" });
  await plugin.run(`sleep 600 & echo $! > "$PLUGIN/pid"; echo '${good}'`);
  await using logins = await openTestLogins(plugin.settings);
  assertEquals(await found(logins, IMAGE), ["p:one"]);
  const pid = (await Deno.readTextFile(plugin.program.replace("bin/test-plugin", "pid"))).trim();
  Deno.kill(Number(pid), "SIGKILL");
});

Deno.test("a plugin need not read its input", async () => {
  await using plugin = await testPlugin();
  await plugin.print(answer({ "registry.example": "one" }));
  const script = await Deno.readTextFile(plugin.program);
  await Deno.writeTextFile(
    plugin.program,
    script.replace('cat > "$RUN/input"', ': > "$RUN/input"'),
  );
  await using logins = await openTestLogins(plugin.settings);
  assertEquals(await found(logins, IMAGE), ["p:one"]);
});

Deno.test("whoever gives up leaves the plugin to the others", async () => {
  await using plugin = await testPlugin();
  const good = answer({ "registry.example": "one" });
  await plugin.run(`until [ -e "$PLUGIN/go" ]; do sleep 0.05; done; echo '${good}'`);
  await using logins = await openTestLogins(plugin.settings);
  const impatient = new AbortController();
  const [one, other] = [impatient.signal, signal].map((each) =>
    onlyItem(logins.of(IMAGE)).find({ signal: each })
  );
  await waitForRuns(plugin, 1);
  impatient.abort(new Error("given up"));
  const gaveUp = await assertRejects(() => one ?? Promise.resolve());
  assertEquals(gaveUp, impatient.signal.reason);
  await Deno.writeTextFile(plugin.program.replace("bin/test-plugin", "go"), "");
  assertEquals(textOf(await other), "p:one");
});

Deno.test("plugins end with the program", async () => {
  await using plugin = await testPlugin();
  await plugin.run('echo $$ > "$PLUGIN/pid"; while :; do sleep 0.1; done');
  const program = new AbortController();
  const logins = await openTestLogins(plugin.settings, { signal: program.signal });
  const find = onlyItem(logins.of(IMAGE)).find({ signal });
  const file = plugin.program.replace("bin/test-plugin", "pid");
  await waitUntil("it runs", () => Deno.stat(file).then(({ size }) => size > 0, () => false));
  const rejected = assertRejects(() => find);
  program.abort(new Error("stopped"));
  await logins[Symbol.asyncDispose]();
  assertEquals(await rejected, program.signal.reason);
  assert(!await isAlive((await Deno.readTextFile(file)).trim()), "it is gone");
});

for (
  const [what, spoil, why] of [
    ["is missing", (program: string) => Deno.remove(program), "is missing, or what it needs is"],
    ["is not executable", (program: string) => Deno.chmod(program, 0o644), "is not executable"],
    [
      "needs a shell that is missing",
      (program: string) => Deno.writeTextFile(program, "#!/no/such/shell\n"),
      "is missing, or what it needs is",
    ],
    [
      "is a folder",
      (program: string) => Deno.remove(program).then(() => Deno.mkdir(program)),
      "is not executable",
    ],
  ] as const
) {
  Deno.test(`a plugin that ${what} is named`, async () => {
    await using plugin = await testPlugin();
    await using logins = await openTestLogins(plugin.settings);
    await spoil(plugin.program);
    assertEquals(await found(logins, IMAGE), [undefined]);
    assert(logged(logins).includes(why), logged(logins));
  });
}

Deno.test("a login file comes before plugins", async () => {
  await using plugin = await testPlugin();
  await plugin.print(answer({ "registry.example": "plugin" }));
  const file = `${plugin.program}.json`;
  await Deno.writeTextFile(file, `{"auths":{"registry.example":{"auth":"${btoa("u:file")}"}}}`);
  await using logins = await openTestLogins({ ...plugin.settings, file });
  assertEquals(await found(logins, IMAGE), ["u:file", "p:plugin"]);
});

/** A clock of the test's own: files and processes go by the real one. */
function steppedClock(): Clock & { step(ms: number): void } {
  let now = 1000;
  return { wallMs: () => now, monotonicMs: () => now, step: (ms) => void (now += ms) };
}

async function isAlive(pid: string): Promise<boolean> {
  assert(/^\d+$/.test(pid), `"${pid}" is a process`);
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => undefined);
  return stat !== undefined && !/\) Z /.test(stat);
}
