import { assertEquals, assertStringIncludes } from "@std/assert";
import { delay } from "@std/async/delay";
import { fakeCtr } from "../harness/fakes/fake_ctr.ts";
import { startApiServer } from "../harness/servers/api_server.ts";
import { createAccount, createObject } from "../harness/servers/api_objects.ts";
import { grantReading } from "../harness/servers/api_rights.ts";
import { startContainerd } from "../harness/servers/containerd.ts";
import { startNatsServer } from "../harness/servers/nats_server.ts";
import { freePort } from "../harness/ports.ts";
import { waitUntil } from "../harness/wait.ts";
import {
  endsWellOnSignal,
  untilNotReady,
  untilWarned,
  warningsOf,
} from "../harness/program_log.ts";
import { startProgram, type TestProgram } from "../harness/programs.ts";
import { realTest, reasonToSkip } from "../harness/servers/skipping.ts";

const withNats = await reasonToSkip("nats-server");
const withContainerd = await reasonToSkip(
  "root",
  "nats-server",
  "containerd-1.7",
  "containerd-2.4",
);
const withApiServer = await reasonToSkip("nats-server", "etcd", "kube-apiserver");

for (
  const [what, url, reason] of [
    ["a NATS host that does not resolve", "nats://nats.invalid:4222", "Cannot reach NATS at"],
    ["a port where nobody listens", `nats://127.0.0.1:${freePort()}`, "Cannot reach NATS at"],
  ] as const
) {
  Deno.test(`${what} leaves both programs waiting, with one line each`, async () => {
    await using pair = await startPair(["--nats-url", url]);
    for (const program of pair.programs) {
      await untilNotReady(program, "nats", reason, url, "--nats-url");
    }
    await delay(4_000); // nobody counts these attempts: there are about five by now
    for (const program of pair.programs) saidOnce(program, reason);
  });
}

realTest(
  "a wrong password leaves both programs waiting, with one line each",
  withNats,
  async () => {
    await using nats = await startNatsServer({ login: { username: "warm", password: "right" } });
    const env = { NATS_PASSWORD: "wrong-one" };
    await using pair = await startPair(["--nats-url", nats.url, "--nats-username=warm"], env);
    const reason = "refuses the credentials";
    for (const program of pair.programs) {
      await untilNotReady(program, "nats", reason, '"warm" (--nats-username)', "NATS_PASSWORD");
    }
    await waitUntil("both have tried again and again", () => {
      return (nats.process.log().match(/authentication error/g) ?? []).length >= 8;
    });
    for (const program of pair.programs) {
      saidOnce(program, reason);
      assertEquals(program.log().includes("wrong-one"), false);
    }
  },
);

realTest(
  "JetStream that is off leaves both programs waiting, with one line each",
  withNats,
  async () => {
    await using nats = await startNatsServer({ jetstream: false });
    await using pair = await startPair(["--nats-url", nats.url]);
    const reason = "JetStream is off on the NATS server";
    for (const program of pair.programs) {
      await untilNotReady(
        program,
        "nats",
        reason,
        "nats-server -js",
      );
    }
    await delay(4_000); // the server does not count these attempts: there are about five by now
    for (const program of pair.programs) saidOnce(program, reason);
  },
);

realTest(
  "a socket that is not there, or may not be opened, is told in one line",
  withContainerd,
  async (t) => {
    await using nats = await startNatsServer();
    await using controller = await startProgram("controller", {
      flags: ["--manifests=/nowhere", "--nats-url", nats.url],
    });
    await waitUntil(
      "the bucket is there",
      async () => (await controller.notReady()).nats === undefined,
    );
    for (const version of ["1.7", "2.4"] as const) {
      await using containerd = await startContainerd({ version });
      await using ctr = await ctrOfNobody(containerd.ctrPath);
      const start = (address: string, command: string) =>
        startProgram("agent", {
          flags: [
            ...["--node-name=n", "--nats-url", nats.url, "--containerd-root", containerd.root],
            ...["--containerd-address", address, "--ctr", command],
          ],
          env: { LOG_FORMAT: "json" },
        });
      await t.step(`permission denied, to ctr ${version}`, async () => {
        await using agent = await start(containerd.address, ctr.path);
        await untilNotReady(
          agent,
          "runtime",
          containerd.address,
          "run as root",
          "permission denied",
        );
        await waitUntil("it tried again", () => ctr.calls() >= 8);
        saidOnce(agent, "Container runtime did not answer");
        await endsWellOnSignal(agent);
      });
      await t.step(`no socket, to ctr ${version}`, async () => {
        await using agent = await start("/nowhere/c.sock", containerd.ctrPath);
        await untilNotReady(agent, "runtime", "/nowhere/c.sock", "--containerd-address");
        await delay(version === "2.4" ? 4_000 : 8_000); // ctr 1 waits 5 s for a socket each time
        saidOnce(agent, "Container runtime did not answer");
        await endsWellOnSignal(agent);
      });
    }
  },
);

realTest(
  "a kind that may not be read, or a Lease, is told in one line, and other kinds are followed",
  withApiServer,
  async () => {
    await using nats = await startNatsServer();
    await using server = await startApiServer();
    const { admin } = server;
    const token = await createAccount(admin, "reader");
    await grantReading(admin, "reader", "most", [
      ...["/namespaces", "/nodes", "/serviceaccounts", "apps/deployments"],
      ...["node.k8s.io/runtimeclasses", "scheduling.k8s.io/priorityclasses"],
    ]);
    await createObject(admin, "Deployment", "web", "nginx:1");
    await using controller = await startProgram("controller", {
      flags: [
        ...[
          "--kubeconfig",
          await server.kubeconfigFor("reader", { token }),
          "--nats-url",
          nats.url,
        ],
        ...["--kinds=Deployment Job"],
      ],
      env: { LOG_FORMAT: "json" },
    });
    const lease = 'Cannot use leases.coordination.k8s.io in namespace "default": grant the verbs';
    const reason = "Cannot list jobs.batch in all namespaces: grant the verbs get, list and watch";
    await untilNotReady(controller, "kubernetes", reason);
    await untilNotReady(controller, "lease", lease);
    await waitUntil(
      "the Deployment is known",
      async () => await controller.metric("warm_images_wanted") === 1,
    );
    const unmet = async () => Object.keys(await controller.notReady()).sort().join();
    await waitUntil("only these two do not hold", async () => await unmet() === "kubernetes,lease");
    const told = (await untilWarned(controller, 2)).map(({ message }) => String(message)).sort();
    assertEquals(told, [reason, `${lease} get, create and update`]);
    await endsWellOnSignal(controller);
  },
);

/** Both programs, without a fault but what the flags bring. */
async function startPair(flags: readonly string[], given: Record<string, string> = {}) {
  await using stack = new AsyncDisposableStack();
  const ctr = stack.use(await fakeCtr());
  const manifests = await Deno.makeTempDir();
  stack.defer(() => Deno.remove(manifests));
  const env = { ...given, LOG_FORMAT: "json" };
  const own = {
    agent: ["--ctr", ctr.path, "--node-name=n"],
    controller: ["--manifests", manifests],
  };
  const programs = await Promise.all(
    (["agent", "controller"] as const).map(async (program) =>
      stack.use(await startProgram(program, { flags: [...flags, ...own[program]], env }))
    ),
  );
  const everything = stack.move();
  return { programs, [Symbol.asyncDispose]: () => everything.disposeAsync() };
}

/** A ctr that runs as a user who may not open containerd's socket. */
async function ctrOfNobody(real: string) {
  const folder = await Deno.makeTempDir();
  await Deno.chmod(folder, 0o755);
  await Deno.copyFile(real, `${folder}/real`);
  await Deno.chmod(`${folder}/real`, 0o755);
  const script = `#!/bin/sh
echo >> ${folder}/calls
exec /usr/bin/setpriv --reuid=65534 --regid=65534 --clear-groups ${folder}/real "$@"
`;
  await Deno.writeTextFile(`${folder}/ctr`, script, { mode: 0o755 });
  return {
    path: `${folder}/ctr`,
    calls: () => Deno.readTextFileSync(`${folder}/calls`).length,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** It complained once, about this alone; the agent of a slow machine also misses containerd by then. */
function saidOnce(program: TestProgram, what: string): void {
  const lines = warningsOf(program).filter(({ message }) =>
    message !== "Could not look after kept bytes, trying again"
  );
  assertEquals(lines.length, 1, JSON.stringify(lines));
  assertStringIncludes(String(lines[0]?.message), what);
}
