import { assert, assertEquals } from "@std/assert";
import { type KubernetesClient, openKubernetes } from "../../../mod/adapters/kubernetes/client.ts";
import { systemClock as clock } from "../../../mod/adapters/clock.ts";
import { kubernetesLease } from "../../../mod/adapters/kubernetes/lease.ts";
import type { Leadership } from "../../../mod/ports/leadership.ts";
import { recordingConditions, recordingLogger } from "../../harness/fakes/quiet.ts";
import { call } from "../../harness/servers/api_objects.ts";
import { startApiServer } from "../../harness/servers/api_server.ts";
import { apiServerMissing } from "../../harness/servers/api_server_or_reason.ts";
import { waitUntil } from "../../harness/wait.ts";

const LEASE = "/apis/coordination.k8s.io/v1/namespaces/default/leases/warm-images";
const missing = await apiServerMissing();

Deno.test({
  name: `a real Lease elects one${missing === undefined ? "" : ` [skipped: ${missing}]`}`,
  ignore: missing !== undefined,
}, async (t) => {
  await using server = await startApiServer();
  const open = () =>
    openKubernetes({ kubeconfig: server.adminKubeconfig, logger: recordingLogger() });
  await using first = contend(open(), "first");
  await waitUntil("the first leads", () => first.leadership.leading());
  await using second = contend(open(), "second");

  await t.step("what others wrote on the Lease stays when it is renewed", async () => {
    const read = async () => await call(server.admin, "GET", LEASE) as LeaseObject;
    const others = { labels: { "app.kubernetes.io/instance": "wi" }, annotations: { "a/b": "c" } };
    const patched = await call(server.admin, "PATCH", LEASE, { metadata: others }) as LeaseObject;
    const renewed = async () => (await read()).spec.renewTime > patched.spec.renewTime;
    await waitUntil("it is renewed", renewed);
    const { labels, annotations } = (await read()).metadata;
    assertEquals({ labels, annotations }, others);
  });

  await t.step("a leader that ends gives the lease up, and the other leads at once", async () => {
    await waitUntil("the second stands by", () => second.logger.lines.length > 0);
    await first.stop();
    await waitUntil("the second leads", () => second.leadership.leading(), { timeoutMs: 180_000 });
    const { spec } = await call(server.admin, "GET", LEASE) as { spec: Record<string, unknown> };
    assertEquals([spec["holderIdentity"], spec["leaseDurationSeconds"]], ["second", 15]);
  });

  await t.step(
    "a leader that is killed is followed within 20 s, never by two at once",
    async () => {
      await using third = contend(open(), "third");
      await waitUntil("the third stands by", () => third.logger.lines.length > 0);
      second.kill();
      await waitUntil("the third leads", () => third.leadership.leading(), { timeoutMs: 180_000 });
      assert(!second.leadership.leading());
    },
  );
});

interface LeaseObject {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly spec: { readonly renewTime: string };
}

interface Contender extends AsyncDisposable {
  readonly leadership: Leadership;
  readonly logger: ReturnType<typeof recordingLogger>;
  stop(): Promise<void>;
  /** From now on nothing of it reaches the server, as when its process is gone. */
  kill(): void;
}

function contend(client: KubernetesClient, identity: string): Contender {
  const logger = recordingLogger();
  let killed = false;
  const request: KubernetesClient["request"] = async (path, options) => {
    if (killed) throw new Error("The process is gone");
    return await client.request(path, options);
  };
  const { server, namespace } = client;
  const stream = client.stream.bind(client);
  const requestChanged = client.requestChanged.bind(client);
  const mortal = { server, namespace, request, requestChanged, stream, [Symbol.dispose]: () => {} };
  const leadership = kubernetesLease(mortal, {
    ...{ name: "warm-images", namespace: "default", identity, logger, clock },
    conditions: recordingConditions(),
  });
  const controller = new AbortController();
  const finished = leadership.follow({ signal: controller.signal, changed: () => {} });
  const stop = async () => {
    controller.abort();
    await finished;
    client[Symbol.dispose]();
  };
  return { leadership, logger, stop, kill: () => killed = true, [Symbol.asyncDispose]: stop };
}
