import { assertEquals, assertStringIncludes } from "@std/assert";
import { connect, type NatsConnection, NatsError } from "nats";
import {
  NAMESPACE,
  RELEASE,
  startTestCluster,
  type TestCluster,
} from "../harness/cluster/test_cluster.ts";
import { whyNoTestCluster } from "../harness/cluster/why_no_test_cluster.ts";
import { warmsNew } from "./warms_new.ts";
import { freePort } from "../harness/ports.ts";
import { startProcess } from "../harness/process.ts";
import { printProgress } from "../harness/print.ts";
import { realTest } from "../harness/servers/skipping.ts";
import { obtainTool } from "../harness/tools/tools.ts";
import { waitUntil } from "../harness/wait.ts";

const reason = await whyNoTestCluster();

realTest("a bucket that a node's login has filled heals without a hand", reason, async () => {
  await using test = await startTestCluster([{}]);
  await test.install("nats.maxBytes=24MB", "forgetAfter=0s");
  await warmsNew(test, "full/before");
  {
    await using agent = await asAgent(test);
    const refusal = await fill(agent.connection);
    assertStringIncludes(refusal, "maximum bytes exceeded");
    printProgress("The bucket is full");
    await warmsNew(test, "full/while-full");
    // Who goes on is cleared away again, as soon as the controller has something to write.
    await fill(agent.connection);
    await warmsNew(test, "full/still");
  }
  await waitUntil("both programs are content", async () => {
    await test.untilReady();
    const log = await test.sh(
      `kubectl --namespace ${NAMESPACE} logs --prefix --selector app.kubernetes.io/component=controller --tail -1`,
    );
    return log.includes("Bucket has room for everything again") || !log.includes("left out");
  });
  const log = await test.sh(
    `kubectl --namespace ${NAMESPACE} logs --selector app.kubernetes.io/component=controller --tail -1`,
  );
  assertStringIncludes(log, "Purged what no agent of a known node writes");
  const restarts = await test.sh(
    `kubectl --namespace ${NAMESPACE} get pods -o jsonpath={.items[*].status.containerStatuses[*].restartCount}`,
  );
  assertEquals(new Set(restarts.trim().split(" ")), new Set(["0"]));
});

/** Writes whatever agents may write until the server takes no more; resolves to what it says. */
async function fill(connection: NatsConnection): Promise<string> {
  const kv = connection.jetstream();
  const sizes = [900_000, 50_000, 500];
  let said = "";
  for (const bytes of sizes) {
    for (let n = 0; n < 5_000; n++) {
      const key = [`report.nobody-${n}`, `beat.x.${n}`, `part.${n}.nowhere`][n % 3];
      try {
        await kv.publish(`$KV.warm-images.${key}-${bytes}`, "x".repeat(bytes));
      } catch (error) {
        said = error instanceof NatsError ? error.api_error?.description ?? "" : String(error);
        break;
      }
    }
  }
  return said;
}

/** A connection with the login that every agent has, as who took over a node would have it. */
async function asAgent(test: TestCluster) {
  await using stack = new AsyncDisposableStack();
  const secret = `${RELEASE}-warm-images-agent-login`;
  const encoded = await test.sh(
    `kubectl --namespace ${NAMESPACE} get secret ${secret} -o jsonpath={.data.password}`,
  );
  const port = freePort();
  stack.use(
    await startProcess(await obtainTool("kubectl"), {
      args: [
        ...["--kubeconfig", test.cluster.kubeconfig, "--namespace", NAMESPACE],
        ...["port-forward", `service/${RELEASE}-warm-images-nats`, `${port}:4222`],
      ],
      ready: (forward) => Promise.resolve(forward.log().includes("Forwarding from")),
    }),
  );
  const login = { user: "agent", pass: atob(encoded), inboxPrefix: "_INBOX.agent.hostile" };
  const connection = await connect({ servers: `127.0.0.1:${port}`, ...login, timeout: 20_000 });
  stack.defer(() => connection.close());
  const everything = stack.move();
  return { connection, [Symbol.asyncDispose]: () => everything.disposeAsync() };
}
