import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { call, createObject } from "../harness/servers/api_objects.ts";
import { type ApiServer, startApiServer } from "../harness/servers/api_server.ts";
import { makeClientCertificate } from "../harness/servers/api_server_certificates.ts";
import { onPath, runCommand } from "../harness/commands.ts";
import { startFaultRegistry } from "../harness/servers/fault_registry.ts";
import { pushImage } from "../harness/images/images.ts";
import { NATS_USERS } from "../harness/servers/nats_permissions.ts";
import { waitUntil } from "../harness/wait.ts";
import { GUIDE } from "../harness/documents/guide_sections.ts";
import { sectionCommands } from "../harness/documents/sections.ts";
import type { Site } from "../harness/servers/site.ts";
import { realTest, reasonToSkip } from "../harness/servers/skipping.ts";
import { obtainTool } from "../harness/tools/tools.ts";
import { PLUGIN, startStandaloneSite, unitOf } from "../harness/servers/standalone.ts";

const USER = "warm-images-controller"; // as the page's commands have it
const TOKEN = "token-of-the-tests";

const machine = Deno.build.arch === "x86_64" ? undefined : "there is a denort for x86_64 only";
const skip = machine ?? (onPath("setpriv") === undefined ? "no setpriv on PATH" : undefined) ??
  await reasonToSkip(
    ...["root", "denort", "nats-server", "docker-registry", "containerd-1.7"] as const,
    ...["etcd", "kube-apiserver", "kubectl"] as const,
  );

realTest("the page's units warm a node beside the cluster", skip, async (t) => {
  await using tokens = await tokenFile();
  await using server = await startApiServer({ args: [`--token-auth-file=${tokens.path}`] });
  await using standalone = await startStandaloneSite();
  const { site } = standalone;
  await grantRights(server);
  await createNode(server, "worker-1");
  const agent = await standalone.agent();

  await t.step("with a client certificate", async () => {
    await using controller = await standalone.controller(await certificateKubeconfig(server));
    await warms(site, server, "certificate");
    await controller.untilReady();
    await agent.untilReady();
    controller.process.signal("SIGTERM");
    assertEquals((await controller.process.exited).code, 0, controller.log());
    assertEquals(controller.log().includes(NATS_USERS.controller), false);
  });

  await t.step("with an exec plugin", async () => {
    const [kubeconfig, plugin] = [await pluginKubeconfig(server), pluginScript()];
    await using controller = await standalone.controller(kubeconfig, plugin);
    await warms(site, server, "plugin");
    await controller.untilReady();
    assertEquals(controller.log().includes(TOKEN), false);
  });

  await t.step("an agent that was killed is started again", async () => {
    await agent.process.kill();
    await waitUntil("it runs again", () => agent.restarts === 1);
    await agent.untilReady();
    assertEquals(agent.log().includes(NATS_USERS["worker-1"]), false);
  });

  await t.step("both have no more rights than their units give", async () => {
    await using controller = await standalone.controller(await certificateKubeconfig(server));
    await controller.untilReady();
    for (const { process: { pid } } of [agent, controller]) {
      const status = await Deno.readTextFile(`/proc/${pid}/status`);
      assertStringIncludes(status, "CapEff:\t0000000000000000");
      assertStringIncludes(status, "NoNewPrivs:\t1");
    }
    const { uid } = await Deno.stat(`/proc/${controller.process.pid}/status`);
    assert(uid !== null && uid > 61183, "the controller's user is a dynamic one");
  });

  await t.step("an agent that is stopped lets a pull come to its end", async () => {
    await using controller = await standalone.controller(await certificateKubeconfig(server));
    await controller.untilReady();
    await using slow = startFaultRegistry({
      upstream: site.registry.host,
      mode: { fault: "slow", bytesPerSecond: 50_000 },
    });
    const layers = [{ name: "slow", bytes: 100_000 }];
    await pushImage(site.registry, { repository: "slow", tag: "1", layers });
    const reference = `${slow.host}/slow:1`;
    await createObject(server.admin, "Deployment", "slow", reference);
    await waitUntil("it is pulled", () => slow.requests().some(({ path }) => /blobs/.test(path)));
    assertEquals((await agent.stop()).code, 0, agent.log());
    assert(await site.isWarm(reference), agent.log());
  });

  assertEquals(site.nats.process.log().match(/.*Violation.*/g), null);
});

const noAnalyze = onPath("systemd-analyze") === undefined
  ? "no systemd-analyze on PATH"
  : undefined;

for (const program of ["agent", "controller"] as const) {
  realTest(`systemd finds nothing wrong with the unit of the ${program}`, noAnalyze, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const path = `${folder}/warm-images-${program}.service`;
      const text = await unitOf(program); // it looks for the programs
      await Deno.writeTextFile(path, text.replaceAll(/\/usr\/local\/bin\/[\w-]+/g, "/bin/true"));
      const verified = await runCommand("systemd-analyze", ["verify", "--man=no", path]);
      assertEquals(verified, { code: 0, stdout: "", stderr: "" });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

/** A Deployment names a new image, and the node has it soon. */
async function warms(site: Site, server: ApiServer, name: string): Promise<void> {
  const layers = [{ name, bytes: 100_000 }];
  const { reference } = await pushImage(site.registry, { repository: name, tag: "1", layers });
  await createObject(server.admin, "Deployment", name, reference);
  await waitUntil(`"${reference}" is warm`, () => site.isWarm(reference), { timeoutMs: 180_000 });
}

/** Carries out the page's commands for kubectl. */
async function grantRights(server: ApiServer): Promise<void> {
  const commands = await sectionCommands(GUIDE.standalone);
  const rights = commands.filter((block) => block.includes("create clusterrole "));
  assertEquals(rights.length, 1);
  const kubectl = await obtainTool("kubectl");
  const { code, stderr } = await runCommand("bash", ["-euc", rights[0] ?? ""], {
    env: {
      PATH: `${kubectl.slice(0, kubectl.lastIndexOf("/"))}:${Deno.env.get("PATH")}`,
      KUBECONFIG: server.adminKubeconfig,
      HOME: server.folder, // for its cache
    },
  });
  assertEquals(code, 0, stderr);
}

/** Without it the controller would not know what kind of node it is. */
async function createNode({ admin }: ApiServer, name: string): Promise<void> {
  const labels = { "kubernetes.io/arch": "amd64", "kubernetes.io/os": "linux" };
  await call(admin, "POST", "/api/v1/nodes", {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels },
  });
}

async function certificateKubeconfig(server: ApiServer): Promise<string> {
  const { certFile, keyFile } = await makeClientCertificate(server.folder, USER, `/CN=${USER}`);
  return await flattened(
    await server.kubeconfigFor("certificate", {
      "client-certificate": certFile,
      "client-key": keyFile,
    }),
  );
}

async function pluginKubeconfig(server: ApiServer): Promise<string> {
  const apiVersion = "client.authentication.k8s.io/v1";
  const exec = { apiVersion, command: PLUGIN, args: ["get-token"], interactiveMode: "Never" };
  return await flattened(await server.kubeconfigFor("plugin", { exec }));
}

/** With the page's own command: files become data. */
async function flattened(path: string): Promise<string> {
  const command = "kubectl config view --kubeconfig controller.kubeconfig --minify --flatten";
  assertStringIncludes((await sectionCommands(GUIDE.standalone)).join(), command);
  const args = command.replace("controller.kubeconfig", path).split(" ").slice(1);
  const { code, stdout, stderr } = await runCommand(await obtainTool("kubectl"), args);
  assertEquals(code, 0, stderr);
  return stdout;
}

/** Gives the token to who calls it as it should be called, with the service's own variables. */
function pluginScript(): string {
  const credential = {
    apiVersion: "client.authentication.k8s.io/v1",
    kind: "ExecCredential",
    status: { token: TOKEN },
  };
  return `#!/bin/sh\n[ "$1 $AWS_PROFILE" = "get-token test" ] && echo '${
    JSON.stringify(credential)
  }'\n`;
}

/** The API server takes `TOKEN` for the controller's user. */
async function tokenFile() {
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(path, `${TOKEN},${USER},1\n`);
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path) };
}
