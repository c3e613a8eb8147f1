import { assertEquals } from "@std/assert";
import { type BenefitValue, decodeBenefit } from "../../mod/pure/benefit/benefit_value.ts";
import { BENEFIT_KEY, reportKey } from "../../mod/pure/bucket/state_keys.ts";
import { startProgram } from "../harness/programs.ts";
import { call } from "../harness/servers/api_objects.ts";
import { type ApiServer, startApiServer } from "../harness/servers/api_server.ts";
import { apiServerMissing } from "../harness/servers/api_server_or_reason.ts";
import { startNatsServer, type TestNats } from "../harness/servers/nats_server.ts";
import { openTestStore } from "../harness/servers/nats_stores.ts";
import { realTest, reasonToSkip } from "../harness/servers/skipping.ts";
import { never } from "../harness/signals.ts";
import { waitUntil } from "../harness/wait.ts";

const IMAGE = "registry.example.com/app:1";
const NODE = "node-a";
const skip = await apiServerMissing() ?? await reasonToSkip("nats-server");
/** A start is judged 15 s after it, by a loop that turns each 5 s. */
const PATIENCE = { timeoutMs: 120_000, everyMs: 500 };

realTest("what starts waited is counted, and goes on with the next controller", skip, async () => {
  await using server = await startApiServer();
  await using nats = await startNatsServer();
  const status = { allocatable: { "nvidia.com/gpu": "1" } };
  const node = { apiVersion: "v1", kind: "Node", metadata: { name: NODE }, status };
  await call(server.admin, "POST", "/api/v1/nodes", node);
  await using agent = openTestStore(nats.settings, "agent");
  await using first = await startController(server, nats);
  await agent.untilReady();
  const images = {
    [IMAGE]: { state: "warm", since: new Date(Date.now() - 60_000).toISOString(), pullSeconds: 30 },
  };
  const report = { v: 1, node: NODE, agent: "1", at: new Date().toISOString(), images };
  await agent.store.put(reportKey(NODE), JSON.stringify(report), { signal: never() });

  let value: BenefitValue | undefined;
  const stop = new AbortController();
  const reading = (async () => {
    for await (const change of agent.store.follow([BENEFIT_KEY], { signal: stop.signal })) {
      if (change.type !== "put") continue;
      const decoded = decodeBenefit(change.value);
      value = "value" in decoded ? decoded.value : undefined;
    }
  })();
  await waitUntil("it counts", () => value !== undefined, PATIENCE);
  assertEquals([value?.total.warm, value?.total.cold], [0, 0]);

  await tell(server, "warm", `Container image "${IMAGE}" already present on machine`);
  const text = 'Successfully pulled image "other:1" in 3s (4.5s including waiting). ' +
    "Image size: 9 bytes.";
  await tell(server, "cold", text);
  const counted = async (result: string) =>
    await first.metric(`warm_images_container_starts_total{result="${result}"}`);
  await waitUntil("the warm one is counted", async () => await counted("warm") === 1, PATIENCE);
  assertEquals(await counted("cold"), 1);
  assertEquals(await first.metric("warm_images_saved_seconds_total"), 30);
  await first[Symbol.asyncDispose]();

  await using _second = await startController(server, nats);
  await waitUntil("the next one has them too", () => value?.total.warm === 1, PATIENCE);
  assertEquals(value?.total, {
    warm: 1,
    cold: 1,
    waitedSeconds: 4.5,
    savedSeconds: 30,
    gpuSeconds: 30,
  });
  assertEquals(value?.images, [
    { image: "docker.io/library/other:1", starts: 1, waitedSeconds: 4.5 },
  ]);
  stop.abort();
  await reading;
});

async function startController(server: ApiServer, nats: TestNats) {
  return await startProgram("controller", {
    flags: ["--kubeconfig", server.adminKubeconfig, "--kinds", "auto event", ...nats.flags],
    env: nats.env,
  });
}

/** Posts what kubelet would write about a pod. */
async function tell(server: ApiServer, pod: string, message: string): Promise<void> {
  const at = new Date().toISOString().replace(/\.\d+/, "");
  await call(server.admin, "POST", "/api/v1/namespaces/default/events", {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: pod, namespace: "default" },
    involvedObject: { kind: "Pod", namespace: "default", name: pod, uid: `uid-${pod}` },
    reason: "Pulled",
    message,
    source: { component: "kubelet", host: NODE },
    firstTimestamp: at,
    lastTimestamp: at,
    count: 1,
    type: "Normal",
  });
}
