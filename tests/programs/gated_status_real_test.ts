import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { reportKey } from "../../mod/pure/bucket/state_keys.ts";
import { runCommand } from "../harness/commands.ts";
import { sourceCommand } from "../harness/programs.ts";
import { fillBucket, stateSince } from "../harness/servers/filled_bucket.ts";
import { startNatsServer, type TestNats } from "../harness/servers/nats_server.ts";
import { realTest, reasonToSkip } from "../harness/servers/skipping.ts";

const [WEB, API, JOB, OLD] = ["web", "api", "job", "old"].map((name) =>
  `registry.example/shop/${name}:1`
) as [string, string, string, string];

realTest(
  "status and why tell of a new node what keeps pods from it, and until when",
  await reasonToSkip("nats-server"),
  async () => {
    await using nats = await startNatsServer();
    await using bucket = await fillBucket(nats);
    await bucket.meta();
    for (const reference of [WEB, API, JOB, OLD]) await bucket.want(reference);
    const until = new Date(Date.now() + 170_000).toISOString();
    await bucket.node("worker-1");
    await bucket.node("worker-2", { uid: "uid-2", gate: { due: [WEB, API, JOB], until } });
    const images = {
      [WEB]: stateSince("warm"),
      [API]: stateSince("pulling"),
      [JOB]: stateSince("failed", "not_found: no such tag"),
      [OLD]: stateSince("waiting"),
    };
    await bucket.report("worker-1", images);
    await bucket.report("worker-2", images);
    const at = new Date().toISOString();
    const head = { v: 1, node: "worker-2", nodeUid: "uid-2", agent: "0.4.0", at };
    await bucket.put(reportKey("worker-2"), { ...head, images });

    const all = await ask(nats, "status");
    assertStringIncludes(all, "\n1 new node is kept from pods until it is warm\n");
    const lines = all.split("\n");
    assert(lines.every((line) => line.length <= 80), all);
    assertEquals(lines.find((line) => line.startsWith("worker-2"))?.split(/\s+/)[2], "1/3");

    const one = await ask(nats, "status", "worker-2");
    assertStringIncludes(one, "kept from pods until it is warm: 1 of 3 due images warm; for ");
    assertStringIncludes(one, "not waited for  not_found: no such tag");
    assert(one.split("\n").every((line) => line.length <= 80), one);

    const { nodes, summary } = JSON.parse(await ask(nats, "status", "--output", "json"));
    assertEquals(summary.gated, 1);
    const gates = nodes.map(({ node, gate }: { node: string; gate?: object }) => [node, gate]);
    assertEquals(Object.fromEntries(gates), {
      "worker-1": undefined,
      "worker-2": {
        until,
        due: 3,
        warm: 1,
        awaited: [{ image: API, state: "pulling" }],
        hopeless: [{ image: JOB, reason: "not_found: no such tag" }],
      },
    });

    const awaited = await ask(nats, "why", API, "--node", "worker-2");
    assertStringIncludes(awaited, "pods are kept from the node until it is there, for ");
    const hopeless = await ask(nats, "why", JOB, "--node", "worker-2");
    assertStringIncludes(hopeless, "no pods wait for it there, as it will not come soon");
    const elsewhere = await ask(nats, "why", OLD, "--node", "worker-2");
    assertEquals(elsewhere.includes("kept from"), false, elsewhere);
  },
);

async function ask(nats: TestNats, ...args: string[]): Promise<string> {
  const [command, all] = sourceCommand("controller", [...args, ...nats.flags]);
  const { stdout, stderr, code } = await runCommand(command, all);
  assertEquals([code, stderr], [0, ""], stdout);
  return stdout;
}
