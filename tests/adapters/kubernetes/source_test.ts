import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { kubernetesSource } from "../../../mod/adapters/kubernetes/source.ts";
import { KindChoice } from "../../../mod/pure/objects/kind_choice.ts";
import type { WantsSource } from "../../../mod/ports/wants_source.ts";
import {
  deployment,
  DEPLOYMENTS,
  FakeApiSession,
  QUICK,
} from "../../harness/fakes/fake_api_session.ts";
import { recordingConditions } from "../../harness/fakes/quiet.ts";
import { seenBy } from "../../harness/fakes/seen.ts";
import { waitUntil } from "../../harness/wait.ts";

const { path: PATH } = DEPLOYMENTS;
const JOBS = "/apis/batch/v1/jobs";
const KINDS = new KindChoice(["Deployment", "Job"]);
const CHOSEN = [
  ...["Deployment", "Job", "Namespace", "Node", "PriorityClass", "RuntimeClass"],
  "ServiceAccount",
];

Deno.test("the source is in sync once every kind was listed, with every record", async () => {
  await using session = new FakeApiSession();
  session.server.objects.put(PATH, deployment("web"));
  session.server.objects.put("/api/v1/namespaces", { metadata: { name: "default" } });
  session.server.objects.put("/api/v1/nodes", { metadata: { name: "one" } });
  const { source, conditions, causes } = follow(session);
  assertEquals(source.observe().synced, false);
  assertEquals(conditions.state.get("kubernetes"), {
    holds: false,
    reason: "namespaces not listed yet",
  });
  assertEquals(source.observe().awaited?.map(({ what }) => what).sort(), CHOSEN);
  await waitUntil("it is in sync", () => source.observe().synced);
  assertEquals(source.observe().awaited, []);
  const { kinds, faults } = source.observe();
  const { namespaces, nodes } = seenBy(source);
  assertEquals([...kinds].sort(), CHOSEN);
  assertEquals(images(source), "web nginx:1");
  assertEquals(namespaces.map(({ name }) => name), ["default"]);
  assertEquals(nodes.map(({ name }) => name), ["one"]);
  assertEquals(faults, []);
  assertEquals(causes.toSorted(), [
    ...CHOSEN.map((kind) => `${kind} listed`),
  ]);
  await waitUntil("it is well", () => conditions.state.get("kubernetes")?.holds ?? false);
});

Deno.test("only a change of what is kept of an object is told", async () => {
  await using session = new FakeApiSession();
  session.server.objects.put(PATH, deployment("web"));
  const { source, causes } = follow(session);
  await ready(session, source);
  causes.length = 0;
  session.server.objects.put(PATH, { ...deployment("web"), status: { replicas: 2 } });
  session.server.objects.put(PATH, deployment("web", "nginx:2"));
  await waitUntil("the new image is known", () => images(source) === "web nginx:2");
  session.server.objects.delete(PATH, "web");
  await waitUntil("it is gone", () => images(source) === "");
  assertEquals(causes, ["Deployment default/web changed", "Deployment default/web changed"]);
});

Deno.test("a list that brings nothing new is not told, one that lacks an object is", async () => {
  await using session = new FakeApiSession();
  session.server.objects.put(PATH, deployment("web"));
  const { source, causes } = follow(session);
  await ready(session, source);
  causes.length = 0;
  session.server.objects.compact();
  await session.server.endWatches();
  await waitUntil("all are listed again", () => session.server.count("list") === 2 * CHOSEN.length);
  await waitUntil("all are watched", () => session.server.watches === CHOSEN.length);
  assertEquals(causes, []);
  session.server.stallWatches();
  session.server.objects.delete(PATH, "web");
  session.server.objects.compact();
  await session.server.endWatches();
  await waitUntil("it is gone", () => images(source) === "");
  assertEquals(causes, ["Deployment listed"]);
});

Deno.test("a server that fails is told once for all kinds, and its return too", async () => {
  await using session = new FakeApiSession();
  for (const path of [PATH, JOBS, "/api/v1/namespaces", "/api/v1/nodes"]) {
    session.server.fail({ verb: "list", path, times: 3 }, { type: "status", status: 500 });
  }
  const { source } = follow(session);
  await waitUntil("it is in sync", () => source.observe().synced);
  const told = session.logger.lines.filter(({ level }) => level !== "debug");
  assertEquals(told.map(({ level, message }) => `${level}: ${message}`), [
    "info: Loaded the Kubernetes configuration",
    "warn: Could not follow the API server, trying again",
    "info: Reconnected to the API server",
  ]);
});

Deno.test("a forbidden kind is named until it is granted, and does not hold the others up", async () => {
  await using session = new FakeApiSession();
  session.server.fail({ verb: "list", path: JOBS, times: 5 }, { type: "status", status: 403 });
  const { source, conditions } = follow(session);
  await waitUntil("it is in sync", () => source.observe().synced);
  assert(!source.observe().kinds.has("Job"));
  const reason = "Cannot list jobs.batch in all namespaces: grant the verbs get, list and watch";
  const condition = () => conditions.state.get("kubernetes");
  await waitUntil("only that kind is missing", () => condition()?.reason === reason);
  assertEquals(condition()?.holds, false);
  await waitUntil("it is well", () => conditions.state.get("kubernetes")?.holds ?? false);
});

Deno.test("where every kind is forbidden the condition says so", async () => {
  await using session = new FakeApiSession();
  session.server.fail({ verb: "list", times: 1000 }, { type: "status", status: 403 });
  const { source, conditions } = follow(session);
  await waitUntil("all were asked", () => source.observe().synced);
  const { holds, reason } = conditions.state.get("kubernetes") ?? {};
  assertEquals(holds, false);
  for (const what of ["namespaces in the cluster", "jobs.batch in all namespaces"]) {
    assertStringIncludes(reason ?? "", `Cannot list ${what}: grant the verbs get, list and watch`);
  }
});

Deno.test("an outage takes nothing away, and the condition names the fault until it is over", async () => {
  await using session = new FakeApiSession();
  session.server.objects.put(PATH, deployment("web"));
  const { source, conditions } = follow(session);
  await ready(session, source);
  await session.server.stop();
  const condition = () => conditions.state.get("kubernetes");
  await waitUntil("it is down", () => condition()?.holds === false);
  assert(condition()?.reason?.startsWith(`Cannot reach ${session.server.url}: `));
  assert(condition()?.reason?.includes("refused"), condition()?.reason);
  assertEquals(images(source), "web nginx:1");
  assert(source.observe().synced);
  session.server.start();
  await waitUntil("it is well", () => condition()?.holds ?? false);
});

Deno.test("a fault within an object is part of its record, one without a name is told", async () => {
  await using session = new FakeApiSession();
  session.server.objects.put(PATH, deployment("bad", "Not A Reference"));
  session.server.objects.put(PATH, { metadata: { name: "" } });
  session.server.objects.put(PATH, deployment("good"));
  const { source } = follow(session);
  await waitUntil("it is in sync", () => source.observe().synced);
  const records = seenBy(source).workloads;
  assertEquals(records.map(({ name }) => name), ["bad", "good"]);
  assertEquals(records[0]?.faults[0]?.value, "Not A Reference");
  assertEquals(source.observe().faults, [
    "Cannot use a Deployment of the API server: it has no metadata.name",
  ]);
});

function follow(session: FakeApiSession): {
  source: WantsSource;
  conditions: ReturnType<typeof recordingConditions>;
  causes: string[];
} {
  const { client, logger, metrics, signal } = session;
  const conditions = recordingConditions();
  const causes: string[] = [];
  const options = { kinds: KINDS, logger, conditions, metrics, tuning: QUICK };
  const source = kubernetesSource(client, options);
  session.run(source.follow({ signal, changed: (cause) => causes.push(cause) }));
  return { source, conditions, causes };
}

async function ready(session: FakeApiSession, source: WantsSource): Promise<void> {
  await waitUntil(
    "it is in sync",
    () => source.observe().synced && session.server.watches === CHOSEN.length,
  );
}

function images(source: WantsSource): string {
  return seenBy(source).workloads
    .map(({ name, shapes }) => `${name} ${shapes[0]?.wants.map(({ written }) => written)}`).join();
}
