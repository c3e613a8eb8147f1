import { assertStringIncludes } from "@std/assert";
import { reportKey } from "../../mod/pure/bucket/state_keys.ts";
import { runCommand } from "../harness/commands.ts";
import { startProgram } from "../harness/programs.ts";
import { call, createObject } from "../harness/servers/api_objects.ts";
import { startApiServer } from "../harness/servers/api_server.ts";
import { apiServerMissing } from "../harness/servers/api_server_or_reason.ts";
import { startNatsServer } from "../harness/servers/nats_server.ts";
import { openTestStore } from "../harness/servers/nats_stores.ts";
import { realTest, reasonToSkip } from "../harness/servers/skipping.ts";
import { never } from "../harness/signals.ts";
import { obtainTool } from "../harness/tools/tools.ts";
import { waitUntil } from "../harness/wait.ts";

const IMAGE = "registry.example.com/app:1";
const skip = await apiServerMissing() ?? await reasonToSkip("nats-server", "kubectl");

realTest("kubectl describe tells of an image that a node cannot have", skip, async () => {
  await using server = await startApiServer();
  await using nats = await startNatsServer();
  const node = { apiVersion: "v1", kind: "Node", metadata: { name: "node-a" } };
  await call(server.admin, "POST", "/api/v1/nodes", node);
  await createObject(server.admin, "Deployment", "web", IMAGE);
  await using controller = await startProgram("controller", {
    flags: ["--kubeconfig", server.adminKubeconfig, "--failure-events", "on", ...nats.flags],
    env: nats.env,
  });
  await waitUntil("it leads", async () => await controller.metric("warm_images_leading") === 1);
  await using agent = openTestStore(nats.settings, "agent");
  await agent.untilReady();
  const since = new Date(Date.now() - 3_600_000).toISOString();
  const reason = "not_found: no such tag";
  const report = {
    v: 1,
    node: "node-a",
    agent: "1",
    at: new Date().toISOString(),
    images: { [IMAGE]: { state: "failed", since, reason } },
  };
  await agent.store.put(reportKey("node-a"), JSON.stringify(report), { signal: never() });
  const describe = async () => {
    const args = ["--kubeconfig", server.adminKubeconfig, "describe", "deployment", "web"];
    return (await runCommand(await obtainTool("kubectl"), args)).stdout;
  };
  await waitUntil("it is told", async () => (await describe()).includes("WarmImageFailed"), {
    everyMs: 2_000,
  });
  assertStringIncludes(
    await describe(),
    `Image ${IMAGE} cannot be pulled ahead on node node-a: ${reason}`,
  );
});
