import { assertEquals, assertStringIncludes } from "@std/assert";
import { compilePair } from "../harness/tools/compiled_pair.ts";
import { NATS_USERS, sharedNatsConfig } from "../harness/servers/nats_permissions.ts";
import { startNatsServer, type TestNats } from "../harness/servers/nats_server.ts";
import { GUIDE } from "../harness/documents/guide_sections.ts";
import { sectionCommands, sectionFiles } from "../harness/documents/sections.ts";
import { realTest, reasonToSkip } from "../harness/servers/skipping.ts";
import { obtainTool } from "../harness/tools/tools.ts";
import { runUnit } from "../harness/unit_run.ts";
import { unitOf } from "../harness/servers/standalone.ts";
import { startTestCluster, type TestCluster } from "../harness/cluster/test_cluster.ts";
import { whyNoTestCluster } from "../harness/cluster/why_no_test_cluster.ts";
import { deploymentOf, sleeping } from "../harness/cluster/workloads.ts";

const reason = await whyNoTestCluster() ?? await reasonToSkip("denort", "nats-server");

/** As the page's unit of the agent and the NATS permissions have it. */
const NODE = "worker-1";

realTest("the page's services of systemd warm a node without the chart", reason, async () => {
  await using test = await startTestCluster([{ name: NODE }]);
  const hostname = (await test.cluster.registry()).split(":")[0] ?? "";
  const config = await sharedNatsConfig(NODE);
  await using nats = await startNatsServer({ hostname, tls: true, config });
  const ctr = await obtainTool("ctr-1.7");
  const folder = await test.cluster.visibleFolder("standalone");
  const relayFolder = `${folder}/run/warm-images`;
  await using pair = await compilePair({ read: [folder], write: [relayFolder], run: [ctr] });
  const files = { ...await sectionFiles(GUIDE.standalone), ...await natsFiles(nats) };
  const env = { NATS_URL: nats.url.replace("nats://", "tls://") };

  const enter = await test.cluster.nodeCommand(NODE, []);
  await using agent = await runUnit(await unitOf("agent"), {
    root: folder,
    files,
    binaries: { "/usr/local/bin/warm-images-agent": pair.agent },
    env: { ...env, CTR: ctr, RELAY_DIR: relayFolder },
    through: [enter.command, ...enter.args],
    healthAddress: `${await test.addressOf(NODE)}:14617`,
  });
  await using controller = await runUnit(await unitOf("controller"), {
    files: { ...files, "/etc/warm-images/kubeconfig": await certificateKubeconfig(test) },
    binaries: { "/usr/local/bin/warm-images-controller": pair.controller },
    env,
  });

  await controller.untilReady();
  await agent.untilReady();
  const image = await test.push("standalone/app", 200_000);
  await test.apply(deploymentOf("app", sleeping(image)));
  await test.untilWarm(image);
  assertEquals(nats.process.log().match(/.*Violation.*/g), null);
});

/** Passwords and authority, where the page's files look for them. */
async function natsFiles({ settings }: TestNats) {
  return {
    "/etc/warm-images/nats-ca.crt": {
      text: await Deno.readTextFile(settings.caFile ?? ""),
      mode: 0o644,
    },
    "/etc/warm-images/nats-password": `${NATS_USERS["worker-1"]}\n`,
    "/etc/warm-images/nats-password-controller": `${NATS_USERS.controller}\n`,
  };
}

/** Of a user whom the page's commands give the controller's rights. */
async function certificateKubeconfig(test: TestCluster): Promise<string> {
  const [rights] = (await sectionCommands(GUIDE.standalone)).filter((block) =>
    block.includes("create clusterrole ")
  );
  assertStringIncludes(rights ?? "", "warm-images-controller");
  await test.sh(rights ?? "");
  return await test.cluster.kubeconfigFor("/CN=warm-images-controller");
}
