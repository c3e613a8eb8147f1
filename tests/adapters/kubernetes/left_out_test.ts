import { assertEquals } from "@std/assert";
import { kubernetesSource } from "../../../mod/adapters/kubernetes/source.ts";
import { KindChoice } from "../../../mod/pure/objects/kind_choice.ts";
import type { WantsSource } from "../../../mod/ports/wants_source.ts";
import { deployment, FakeApiSession, QUICK } from "../../harness/fakes/fake_api_session.ts";
import { recordingConditions } from "../../harness/fakes/quiet.ts";
import { seenBy } from "../../harness/fakes/seen.ts";
import { waitUntil } from "../../harness/wait.ts";

const PODS = "/api/v1/pods";
const SETS = "/apis/apps/v1/replicasets";
const DEPLOYMENTS = "/apis/apps/v1/deployments";
const KINDS = new KindChoice(["Deployment", "ReplicaSet", "Pod"]);
const WATCHED = 8;

Deno.test("pods of a revision that are alike are one record, and no cause, whatever happens to them", async () => {
  await using session = new FakeApiSession();
  const { objects } = session.server;
  objects.put(DEPLOYMENTS, deployment("web"));
  objects.put(SETS, replicaSet("web-1"));
  for (let number = 0; number < 50; number++) objects.put(PODS, pod(`web-${number}`, "web-1"));
  const { source, causes } = follow(session);
  await ready(session, source);
  assertEquals(names(source), ["Deployment web", "ReplicaSet web-1"]);
  assertEquals(seenBy(source).pods.map(({ owner }) => owner.name), ["web-1"]);
  causes.length = 0;
  objects.put(PODS, pod("web-new", "web-1", { status: { phase: "Running" } }));
  objects.put(PODS, pod("web-new", "web-1", { status: { phase: "Running", podIP: "10.0.0.1" } }));
  objects.delete(PODS, "web-new");
  objects.put(SETS, { ...replicaSet("web-1"), status: { replicas: 51 } });
  await told(objects, source);
  assertEquals(causes.toSorted(), ["Pod default/last changed", "ReplicaSet default/last changed"]);
});

Deno.test("a list in which pods gave way to pods that are alike is not told", async () => {
  await using session = new FakeApiSession();
  const { objects } = session.server;
  objects.put(PODS, pod("bare"));
  objects.put(PODS, pod("web-a", "web"));
  const { source, causes } = follow(session);
  await ready(session, source);
  causes.length = 0;
  session.server.stallWatches();
  objects.delete(PODS, "web-a");
  objects.put(PODS, pod("web-b", "web"));
  objects.compact();
  await session.server.endWatches();
  await waitUntil("it is listed again", () => session.server.count("list", PODS) === 2);
  objects.delete(PODS, "bare");
  await waitUntil("what came after is known", () => names(source).length === 0);
  assertEquals(causes, ["Pod default/bare changed"]);
});

Deno.test("a pod that gets or loses its owner is known as such from then on", async () => {
  await using session = new FakeApiSession();
  const { objects } = session.server;
  objects.put(PODS, pod("stray"));
  objects.put(PODS, pod("owned", "web"));
  const { source, causes } = follow(session);
  await ready(session, source);
  assertEquals(names(source), ["Pod stray"]);
  causes.length = 0;
  objects.put(PODS, pod("stray", "web"));
  objects.put(PODS, pod("owned"));
  await waitUntil("both are known", () => names(source).join() === "Pod owned");
  assertEquals(causes, ["Pod default/stray changed", "Pod default/owned changed"]);
});

Deno.test("where a kind may not be read, what its objects have made is known all the same", async () => {
  await using session = new FakeApiSession();
  const { objects } = session.server;
  const [shop, bank] = ["shop", "bank"].map((space) => `/api/v1/namespaces/${space}/pods`);
  objects.put(shop ?? "", pod("in-shop", "web"));
  objects.put(bank ?? "", pod("in-bank", "other"));
  const path = "/apis/apps/v1/namespaces/bank/replicasets";
  session.server.fail({ verb: "list", path, times: Infinity }, { type: "status", status: 403 });
  const { source } = follow(session, { namespaces: ["shop", "bank"] });
  await waitUntil("it is in sync", () => source.observe().synced);
  assertEquals(seenBy(source).pods.map(({ owner }) => owner.name).sort(), ["other", "web"]);
  const { unread, kinds } = source.observe();
  assertEquals([unread.has("ReplicaSet/bank"), kinds.has("ReplicaSet")], [true, false]);
});

Deno.test("pods that have ended are not sent, and of namespaces no more than metadata", async () => {
  await using session = new FakeApiSession();
  session.server.objects.put("/api/v1/namespaces", {
    kind: "PartialObjectMetadata",
    apiVersion: "meta.k8s.io/v1",
    metadata: { name: "shop" },
  });
  const { source } = follow(session);
  await ready(session, source);
  const asked = (path: string) => session.server.requests.filter((each) => each.path === path);
  for (const { query } of asked(PODS)) {
    assertEquals(query.get("fieldSelector"), "status.phase!=Succeeded,status.phase!=Failed");
  }
  for (const { query, accept } of asked(SETS)) {
    assertEquals([query.has("fieldSelector"), accept], [false, "application/json"]);
  }
  assertEquals(asked("/api/v1/namespaces").map(({ accept }) => accept), [
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
    "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
  ]);
  const late = { name: "late", annotations: { "warm-images/skip": "true" } };
  const kind = { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1" };
  session.server.objects.put("/api/v1/namespaces", { ...kind, metadata: late });
  const spaces = () => seenBy(source).namespaces.map(({ name, skip }) => `${name} ${skip}`);
  await waitUntil("both are known", () => spaces().join() === "shop false,late true");
});

function follow(
  session: FakeApiSession,
  options: {
    readonly namespaces?: readonly string[];
  } = {},
): { source: WantsSource; causes: string[] } {
  const { client, logger, metrics, signal } = session;
  const conditions = recordingConditions();
  const causes: string[] = [];
  const { namespaces } = options;
  const all = { kinds: KINDS, namespaces, logger, conditions, metrics, tuning: QUICK };
  const source = kubernetesSource(client, all);
  session.run(source.follow({ signal, changed: (cause) => causes.push(cause) }));
  return { source, causes };
}

async function ready(session: FakeApiSession, source: WantsSource): Promise<void> {
  await waitUntil(
    "it is in sync",
    () => source.observe().synced && session.server.watches === WATCHED,
  );
}

/** Waits until everything before was heard: the events of a kind come in order. */
async function told(objects: FakeApiSession["server"]["objects"], source: WantsSource) {
  objects.put(PODS, pod("last"));
  objects.put(SETS, { ...deployment("last"), kind: "ReplicaSet" });
  await waitUntil("the last ones are known", () => names(source).length === 4);
}

function names(source: WantsSource): string[] {
  return seenBy(source).workloads.map(({ kind, name }) => `${kind} ${name}`).sort();
}

function owned(name: string, owner: string, by: { apiVersion: string; kind: string }) {
  const reference = { ...by, name: owner, uid: owner, controller: true };
  return { name, namespace: "default", ownerReferences: [reference] };
}

function pod(
  name: string,
  owner?: string,
  rest: Record<string, unknown> = {},
  by = { apiVersion: "apps/v1", kind: "ReplicaSet" },
) {
  const metadata = owner === undefined ? { name, namespace: "default" } : owned(name, owner, by);
  const spec = { containers: [{ name: "main", image: "nginx:1" }] };
  return { kind: "Pod", apiVersion: "v1", metadata, spec, ...rest };
}

function replicaSet(name: string) {
  const metadata = owned(name, "web", { apiVersion: "apps/v1", kind: "Deployment" });
  return { ...deployment(name), kind: "ReplicaSet", metadata };
}
