import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { BENEFIT_KEY, META_KEY, nodeKey, whyKey } from "../../mod/pure/bucket/state_keys.ts";
import { type CommandResult, runCommand } from "../harness/commands.ts";
import { startProcess } from "../harness/process.ts";
import { sourceCommand } from "../harness/programs.ts";
import { fillBucket, type FilledBucket, stateSince } from "../harness/servers/filled_bucket.ts";
import { startNatsServer, type TestNats } from "../harness/servers/nats_server.ts";
import { realTest, reasonToSkip } from "../harness/servers/skipping.ts";
import { waitUntil } from "../harness/wait.ts";

const skip = await reasonToSkip("nats-server");
const [WEB, API, JOB] = ["web", "api", "job"].map((name) => `registry.example/shop/${name}:1`) as [
  string,
  string,
  string,
];
const warm = stateSince("warm");
const notFound = stateSince("failed", "not_found: no such tag");

realTest("the worst node comes first, and failures are told by reason", skip, async () => {
  await using nats = await startNatsServer();
  await using bucket = await fleetOf(nats);
  await bucket.node("worker-0");
  const { code, stdout, stderr } = await status(nats);
  assertEquals([code, stderr], [0, ""], stdout);
  const lines = stdout.split("\n");
  assertEquals(
    lines[0],
    "4 nodes, 3 wanted images: 4 of 9 warm (44 %), 1 pulling, 1 failed (1 not_found)",
  ); // one that says nothing itself lacks all three
  assertEquals(lines[1], "Agents: 3 fresh, 1 missing; version 0.3.0");
  const nodes = lines.filter((line) => line.startsWith("worker-"));
  assertEquals(nodes.map((line) => line.split(/\s/)[0]), [
    "worker-0",
    "worker-2",
    "worker-3",
    "worker-1",
  ]);
  assertStringIncludes(nodes[0] ?? "", "missing");
  assertStringIncludes(nodes[1] ?? "", "1 not_found");
  assertStringIncludes(nodes[2] ?? "", "1 (25 %, 90 s)");
  assert(lines.every((line) => line.length <= 80), stdout);
});

realTest("a node or an image is shown in full, also by a part of its name", skip, async () => {
  await using nats = await startNatsServer();
  await using bucket = await fleetOf(nats);
  const node = await status(nats, "ker-2");
  assertEquals(node.code, 0, node.stderr);
  assertStringIncludes(node.stdout, "node worker-2: 1 of 2 images warm; disk 61 % (12.0 GB free)");
  assertStringIncludes(node.stdout, "not_found: no such tag");
  const states = node.stdout.split("\n").filter((line) => line.startsWith("registry.example"));
  assertEquals(states.map((line) => line.split(/\s+/).slice(0, 2)), [
    [API, "failed"],
    [JOB, "missing"],
    [WEB, "warm"],
  ]);
  await bucket.want("registry.example/other:1");
  const image = await status(nats, "shop/web", "worker-1");
  assertStringIncludes(image.stdout, `image ${WEB}: warm on 3 of 3 nodes`);
  assertStringIncludes(image.stdout, "node worker-1:");
  const several = await status(nats, "shop");
  assertEquals(several.code, 0);
  for (const reference of [WEB, API, JOB]) assertStringIncludes(several.stdout, reference);
  assertEquals(several.stdout.includes("other"), false);
  const none = await status(nats, "registry.example/shop/wep:1");
  assertEquals([none.code, none.stdout], [1, ""]);
  assertStringIncludes(none.stderr, `nearest: ${WEB}`);
});

realTest("JSON tells the same to machines", skip, async () => {
  await using nats = await startNatsServer();
  await using _bucket = await fleetOf(nats);
  const { stdout } = await status(nats, "--output", "json");
  const { v, summary, nodes, images } = JSON.parse(stdout);
  assertEquals([v, summary.nodes, summary.counts.warm, images.length], [1, 3, 4, 3]);
  assertEquals(nodes[0].node, "worker-2");
  assertEquals(nodes[0].failures, [{ reason: "not_found", count: 1 }]);
  const one = JSON.parse((await status(nats, WEB, "--output", "json")).stdout);
  assertEquals(one.images[0].on.map(({ state }: { state: string }) => state), [
    "warm",
    "warm",
    "warm",
  ]);
});

realTest("a wait ends with 0 as soon as every node reports the image warm", skip, async () => {
  await using nats = await startNatsServer();
  await using bucket = await fleetOf(nats);
  assertEquals((await status(nats, "--wait", WEB)).code, 0);
  const late = "registry.example/shop/late:1";
  await using waiting = await start(nats, "--wait", late, "--timeout", "5m");
  await waitUntil(
    "it says what it waits for",
    () => waiting.log().includes("nothing wants it yet"),
  );
  await bucket.want(late);
  await bucket.node("worker-4");
  for (const node of ["worker-1", "worker-2", "worker-3"]) {
    await bucket.report(node, { [late]: warm });
  }
  // The log tells again after ten seconds: the node that joined is what is lacking.
  await waitUntil("it waits for the one that joined", () => waiting.log().includes("worker-4"));
  await bucket.report("worker-4", { [late]: warm });
  assertEquals((await waiting.exited).code, 0, waiting.log());
  assertStringIncludes(waiting.log(), "All warm: 4 of 4");
});

realTest("a wait ends with 1 when time is up, and names what is missing where", skip, async () => {
  await using nats = await startNatsServer();
  await using bucket = await fleetOf(nats);
  await bucket.node("worker-0");
  const { code, stdout } = await status(nats, "--wait", JOB, "--timeout", "2s");
  assertEquals(code, 1, stdout);
  assertStringIncludes(stdout, "0 of 4 warm when time was up");
  for (const text of ["worker-0", "the node has no agent", "pulling", "does not report it yet"]) {
    assertStringIncludes(stdout.replace(/\s+/g, " "), text);
  }
  const unknown = await status(nats, "--wait", "registry.example/shop/wep:1", "--timeout", "1s");
  assertEquals(unknown.code, 1);
  assertStringIncludes(unknown.stdout, "nothing wants it yet");
  assertStringIncludes(unknown.stdout, `called alike: ${WEB}`);
});

realTest("a wait ends with 3 when a fault makes it useless", skip, async () => {
  await using nats = await startNatsServer();
  await using _bucket = await fleetOf(nats);
  const { code, stdout } = await status(nats, "--wait", WEB, API);
  assertEquals(code, 3, stdout);
  assertStringIncludes(stdout, "not_found: no such tag");
  const json = await status(nats, "--wait", API, "--output", "json");
  const { result, lacks } = JSON.parse(json.stdout);
  assertEquals([json.code, result, lacks[0].node], [3, "useless", "worker-2"]);
});

realTest("what is set right within seconds does not end a wait as useless", skip, async () => {
  await using nats = await startNatsServer();
  await using bucket = await fleetOf(nats);
  const hidden = "registry.example/shop/hidden:1";
  const withheld = { count: 1, namespaces: ["shop"] };
  await bucket.put(whyKey(hidden), { v: 1, count: 0, reasons: [], withheld });
  await using waiting = await start(nats, "--wait", hidden, "--timeout", "5m");
  await waitUntil(
    "it says what leaves it out",
    () => waiting.log().includes("warm-images/private"),
  );
  await bucket.want(hidden);
  await waitUntil("it waits for nodes", () => waiting.log().includes("worker-"));
});

realTest(
  "what a namespace's mark leaves out ends a wait, and why tells it",
  skip,
  async () => {
    await using nats = await startNatsServer();
    await using bucket = await fleetOf(nats);
    const hidden = "registry.example/shop/hidden:1";
    const withheld = { count: 1, namespaces: ["shop"] };
    await bucket.put(whyKey(hidden), { v: 1, count: 0, reasons: [], withheld });
    const remedy = "kubectl annotate --overwrite namespace shop warm-images/private=bytes";
    const { code, stdout } = await status(nats, "--wait", WEB, hidden, "--output", "json");
    const { result, lacks } = JSON.parse(stdout);
    assertEquals([code, result, lacks[0].image], [3, "useless", hidden], stdout);
    assertStringIncludes(lacks[0].reason, remedy);
    const [command, args] = sourceCommand("controller", ["why", "hidden", ...nats.flags]);
    const why = await runCommand(command, args);
    assertEquals(why.code, 1, why.stderr);
    assertStringIncludes(why.stdout, `Nothing wants ${hidden}`);
    assertStringIncludes(why.stdout.replace(/\s+/g, " "), remedy);
  },
);

realTest("a wait goes on while NATS is away", skip, async () => {
  await using nats = await startNatsServer();
  await using bucket = await fleetOf(nats);
  await using waiting = await start(nats, "--wait", JOB, "--timeout", "5m");
  await waitUntil("it waits", () => waiting.log().includes("Waits"));
  await nats.stop();
  await waitUntil("it says so", () => waiting.log().includes("Cannot reach NATS"));
  await nats.start();
  await bucket[Symbol.asyncDispose]();
  await using again = await fillBucket(nats);
  for (const node of ["worker-1", "worker-2", "worker-3"]) {
    await again.report(node, { [JOB]: warm });
  }
  assertEquals((await waiting.exited).code, 0, waiting.log());
});

realTest("a watch follows what changes, and tells when NATS is lost", skip, async () => {
  await using nats = await startNatsServer();
  await using bucket = await fleetOf(nats);
  await using watch = await start(nats, "--watch");
  await waitUntil("it shows the failure", () => watch.log().includes("1 not_found"));
  await bucket.report("worker-2", { [WEB]: warm, [API]: stateSince("failed", "denied: no") });
  await waitUntil("it shows the change", () => watch.log().includes("1 denied"));
  await nats.stop();
  await waitUntil(
    "it shows the loss",
    () => watch.log().includes("Shown is what was known before"),
  );
  watch.signal("SIGTERM");
  assertEquals((await watch.exited).code, 0, watch.log());
});

realTest("where nothing is to be read, a sentence says why", skip, async () => {
  await using nats = await startNatsServer();
  const none = await status(nats);
  assertEquals([none.code, none.stdout], [1, ""]);
  assertStringIncludes(
    none.stderr,
    'has no bucket "warm-images": no controller has written it yet',
  );
  await using bucket = await fillBucket(nats);
  const empty = await status(nats);
  assertEquals([empty.code, empty.stdout], [1, ""]);
  assertEquals(empty.stderr, "The bucket is empty: no controller has written it yet\n");
  await bucket.put(META_KEY, { v: 2, all: "new" });
  await bucket.put(nodeKey("worker-9"), { v: 2 });
  await bucket.node("worker-1");
  const later = await status(nats);
  assertEquals(later.code, 0, later.stderr);
  assertStringIncludes(later.stdout, "of a later version (2)");
  assertStringIncludes(later.stdout, "worker-1");
  await nats.stop();
  const away = await status(nats);
  assertEquals([away.code, away.stdout], [1, ""]);
  assertStringIncludes(away.stderr, `Cannot reach NATS at ${nats.url}`);
  assertEquals(away.stderr.trim().split("\n").length, 1, away.stderr);
  await nats.start({ login: { username: "somebody", password: "secret" } });
  const refused = await status(nats, "--nats-url", nats.url);
  assertStringIncludes(refused.stderr, "refuses the credentials");
});

realTest(
  "a terminal of 40 columns shows all of it, in colours unless told not to",
  skip,
  async () => {
    await using nats = await startNatsServer();
    await using bucket = await fleetOf(nats);
    await bucket.node("evil\x1b[2Jnode");
    const narrow = await onTerminal(nats, 40);
    assertEquals(narrow.includes("\x1b[2J"), false);
    assertStringIncludes(narrow, "\x1b[31m");
    const plain = narrow.replaceAll(/\p{Cc}\[\d+m/gu, "").replaceAll("\r", "");
    for (const line of plain.split("\n")) assert(line.length <= 40, plain);
    for (const text of ["evil\\u001b[2Jnode", "worker-2", "1 not_found", "61 %"]) {
      assertStringIncludes(plain, text);
    }
    assertEquals((await onTerminal(nats, 40, "NO_COLOR=1")).includes("\x1b["), false);
  },
);

realTest("a reader that goes away ends it quietly", skip, async () => {
  await using nats = await startNatsServer();
  await using bucket = await fleetOf(nats);
  for (let n = 0; n < 3000; n++) await bucket.node(`node-${n}`);
  const [command, args] = sourceCommand("controller", ["status", ...nats.flags]);
  const script = '"$@" | head -1; echo "${PIPESTATUS[0]}"';
  const { stdout, stderr } = await runCommand("bash", ["-c", script, "bash", command, ...args]);
  assertEquals(stderr, "");
  assertEquals(stdout.trim().split("\n").at(-1), "141");
});

realTest("what starts waited is shown where it is counted", skip, async () => {
  await using nats = await startNatsServer();
  await using bucket = await fleetOf(nats);
  const none = await status(nats, "--benefit");
  assertEquals([none.code, none.stdout], [1, ""]);
  assertStringIncludes(none.stderr, "Nobody counts how containers start");
  const total = { warm: 9, cold: 3, waitedSeconds: 40, savedSeconds: 90 };
  const times = { since: "2026-11-27T09:00:00Z", until: "2026-11-27T10:00:00Z" };
  const namespaces = [{ namespace: "shop", ...total }];
  await bucket.put(BENEFIT_KEY, { v: 1, ...times, total, namespaces, images: [] });
  const { code, stdout } = await status(nats, "--benefit");
  assertEquals(code, 0, stdout);
  assertStringIncludes(stdout.replace(/\s+/g, " "), "9 of 12 containers found their image there");
  assertStringIncludes(stdout, "shop       9     3     40 s    90 s");
  const json = await status(nats, "--benefit", "--output", "json");
  assertEquals(JSON.parse(json.stdout).byNamespace[0].cold, 3);
});

/** Three nodes that want three images: all is told of the first, one fails, one is pulled. */
async function fleetOf(nats: TestNats): Promise<FilledBucket> {
  const bucket = await fillBucket(nats);
  await bucket.meta();
  for (const reference of [WEB, API, JOB]) await bucket.want(reference);
  for (const node of ["worker-1", "worker-2", "worker-3"]) await bucket.node(node);
  const progress = { bytes: 25, totalBytes: 100, secondsLeft: 90 };
  await bucket.report("worker-1", { [WEB]: warm, [API]: warm });
  await bucket.report("worker-2", { [WEB]: warm, [API]: notFound });
  await bucket.report("worker-3", { [WEB]: warm, [JOB]: { ...stateSince("pulling"), progress } });
  return bucket;
}

function status(nats: TestNats, ...more: string[]): Promise<CommandResult> {
  const [command, args] = sourceCommand("controller", ["status", ...more, ...nats.flags]);
  return runCommand(command, args);
}

function start(nats: TestNats, ...more: string[]) {
  const [command, args] = sourceCommand("controller", ["status", ...more, ...nats.flags]);
  return startProcess(command, { args: [...args] });
}

/** What a terminal of so many columns gets; script(1) of util-linux plays one. */
async function onTerminal(nats: TestNats, columns: number, ...env: string[]): Promise<string> {
  const [command, args] = sourceCommand("controller", ["status", ...nats.flags]);
  const line = [command, ...args].map((each) => `'${each}'`).join(" ");
  const played = `stty cols ${columns} rows 40; env ${env.join(" ")} ${line}`;
  const { code, stdout, stderr } = await runCommand("script", ["-qec", played, "/dev/null"]);
  assertEquals(code, 0, stdout + stderr);
  return stdout.slice(stdout.lastIndexOf(DENOS_OWN) + DENOS_OWN.length);
}

/** What `deno run` itself sends to a terminal, to clear its progress. */
const DENOS_OWN = "\x1b[2K\x1b[J";
