import { assertEquals } from "@std/assert";
import { openKubernetes } from "../../../mod/adapters/kubernetes/client.ts";
import { kubernetesPulledEvents } from "../../../mod/adapters/kubernetes/pulled_events.ts";
import type { PulledEvent } from "../../../mod/pure/benefit/pulled_event.ts";
import {
  recordingConditions,
  recordingLogger,
  recordingMetrics,
} from "../../harness/fakes/quiet.ts";
import { call, createAccount } from "../../harness/servers/api_objects.ts";
import { grantReading } from "../../harness/servers/api_rights.ts";
import { startApiServer } from "../../harness/servers/api_server.ts";
import { apiServerMissing } from "../../harness/servers/api_server_or_reason.ts";
import { realTest } from "../../harness/servers/skipping.ts";
import { startTcpProxy } from "../../harness/servers/tcp_proxy.ts";
import { waitUntil } from "../../harness/wait.ts";

const EVENTS = "/api/v1/namespaces/default/events";
const QUICK = { refusedMs: 200, backoff: { baseMs: 50, maxMs: 200 } };

/** An Event as kubelet's recorder makes it, about a pod or something else. */
function eventOf(name: string, kind: string, rest: Readonly<Record<string, unknown>> = {}) {
  const now = new Date().toISOString().replace(/\.\d+/, "");
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name, namespace: "default" },
    involvedObject: {
      apiVersion: "v1",
      kind,
      namespace: "default",
      name,
      uid: `uid-${name}`,
      fieldPath: "spec.containers{main}",
    },
    reason: "Pulled",
    message: 'Container image "nginx:1" already present on machine',
    source: { component: "kubelet", host: "n1" },
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
    type: "Normal",
    ...rest,
  };
}

realTest(
  "Events of a real API server are told, through a broken watch, once they may be read",
  await apiServerMissing(),
  async () => {
    await using server = await startApiServer();
    const { admin } = server;
    const post = (event: unknown) => call(admin, "POST", EVENTS, event);
    await post(eventOf("before", "Pod"));
    await post(eventOf("node", "Node"));
    await post(eventOf("other", "Pod", { reason: "Started" }));
    const token = await createAccount(admin, "reader");
    const kubeconfig = await server.kubeconfigFor("reader", { token });
    await using proxy = startTcpProxy(Number(new URL(server.url).port));
    const text = await Deno.readTextFile(kubeconfig);
    await Deno.writeTextFile(
      kubeconfig,
      text.replaceAll(server.url, server.url.replace(/\d+$/, String(proxy.port))),
    );
    const [logger, metrics] = [recordingLogger(), recordingMetrics()];
    const conditions = recordingConditions();
    using client = openKubernetes({ kubeconfig, logger });
    const stop = new AbortController();
    const told: PulledEvent[] = [];
    let listed = 0;
    const followed = kubernetesPulledEvents(client, { logger, metrics, conditions, tuning: QUICK })
      .follow({
        signal: stop.signal,
        told: (event) => told.push(event),
        listed: () => listed++,
      });
    try {
      const pods = () => told.map(({ podUid }) => podUid.slice("uid-".length)).join(" ");
      await waitUntil("it is noted", () => conditions.notes.has("events"));
      await grantReading(admin, "reader", "events", ["/events"]);
      await waitUntil("what was there is told", () => pods() === "before");
      await waitUntil("the note is gone", () => !conditions.notes.has("events"));
      assertEquals([told[0]?.node, told[0]?.container, told[0]?.image], [
        "n1",
        "main",
        "docker.io/library/nginx:1",
      ]);
      await post(eventOf("new", "Pod"));
      await waitUntil("a new one is told", () => pods() === "before new");
      proxy.cut();
      await post(eventOf("meanwhile", "Pod"));
      proxy.restore();
      await waitUntil("what came meanwhile is told", () => pods() === "before new meanwhile");
      const again = { count: 2, lastTimestamp: "2036-01-01T00:00:00Z" };
      await call(admin, "PATCH", `${EVENTS}/new`, again);
      await waitUntil("a repetition is told", () => told.length === 4);
      assertEquals(told[3], told[1], "as the first time");
      assertEquals(listed, 1);
    } finally {
      stop.abort();
      await followed;
    }
  },
);
