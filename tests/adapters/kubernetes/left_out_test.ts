import { assertEquals } from "@std/assert";
import { kubernetesSource } from "../../../mod/adapters/kubernetes/source.ts";
import type { WantsSource } from "../../../mod/ports/wants_source.ts";
import { deployment, FakeApiSession, QUICK } from "../../harness/fakes/fake_api_session.ts";
import { recordingConditions } from "../../harness/fakes/quiet.ts";
import { waitUntil } from "../../harness/wait.ts";

const PODS = "/api/v1/pods";
const SETS = "/apis/apps/v1/replicasets";
const DEPLOYMENTS = "/apis/apps/v1/deployments";
const KINDS = ["Deployment", "ReplicaSet", "Pod"];
const PATHS = [DEPLOYMENTS, SETS, PODS, "/api/v1/namespaces", "/api/v1/nodes"];

Deno.test("what followed owners have made leaves no record and is no cause, whatever happens to it", async () => {
  await using session = new FakeApiSession();
  const { objects } = session.server;
  objects.put(DEPLOYMENTS, deployment("web"));
  objects.put(SETS, replicaSet("web-1"));
  for (let number = 0; number < 50; number++) objects.put(PODS, pod(`web-${number}`, "web-1"));
  const { source, causes } = follow(session);
  await ready(session, source);
  assertEquals(names(source), ["Deployment web"]);
  causes.length = 0;
  objects.put(PODS, pod("web-new", "web-1", { status: { phase: "Pending" } }));
  objects.put(PODS, pod("web-new", "web-1", { spec: { nodeName: "n", containers: [] } }));
  objects.put(PODS, pod("web-new", "web-1", { status: { phase: "Running" } }));
  objects.delete(PODS, "web-new");
  objects.put(SETS, { ...replicaSet("web-1"), status: { replicas: 51 } });
  objects.put(SETS, replicaSet("web-2"));
  objects.delete(SETS, "web-2");
  await told(objects, source);
  assertEquals(names(source), ["Deployment web", "Pod last", "ReplicaSet last"]);
  assertEquals(causes.toSorted(), ["Pod default/last changed", "ReplicaSet default/last changed"]);
});

Deno.test("a list in which only what owners have made came and went is not told", async () => {
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

Deno.test("a pod that gets or loses its owner counts from then on, or no more", async () => {
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
  const volcano = { apiVersion: "batch.volcano.sh/v1alpha1", kind: "ReplicaSet" };
  objects.put(PODS, pod("other", "web", {}, volcano));
  await waitUntil("an owner of another group does not speak", () => names(source).length === 2);
});

Deno.test("where the owners' kind may not be read, what they have made counts until it may", async () => {
  await using session = new FakeApiSession();
  const { objects } = session.server;
  for (let number = 0; number < 3; number++) objects.put(PODS, pod(`web-${number}`, "web"));
  objects.put(SETS, { ...replicaSet("web"), metadata: { name: "web", namespace: "default" } });
  // The refusal comes late: by then the pods were left to their owners.
  session.server.fail({ verb: "list", path: SETS, times: 4 }, { type: "status", status: 500 });
  session.server.fail({ verb: "list", path: SETS, times: 8 }, { type: "status", status: 403 });
  const seen: string[] = [];
  const { source } = follow(session, {
    seen: (source) => {
      if (source.observe().synced) seen.push(names(source).join());
    },
  });
  const pods = "Pod web-0,Pod web-1,Pod web-2";
  await waitUntil("the pods speak", () => seen.includes(pods));
  assertEquals([...new Set(seen)], [pods]); // never was it in sync without them
  await waitUntil("their owner speaks", () => names(source).join() === "ReplicaSet web");
  assertEquals(session.server.count("list", PODS), 2);
});

Deno.test("where the owners' kind may not be read in one namespace, pods count in that one alone", async () => {
  await using session = new FakeApiSession();
  const { objects } = session.server;
  const [shop, bank] = ["shop", "bank"].map((space) => `/api/v1/namespaces/${space}/pods`);
  objects.put(shop ?? "", pod("in-shop", "web"));
  objects.put(bank ?? "", pod("in-bank", "web"));
  const path = "/apis/apps/v1/namespaces/bank/replicasets";
  session.server.fail({ verb: "list", path, times: Infinity }, { type: "status", status: 403 });
  const { source } = follow(session, { namespaces: ["shop", "bank"] });
  const known = () => {
    const { synced, unread, kinds } = source.observe();
    const speaks = [kinds.has("ReplicaSet"), unread.has("Pod/bank")];
    return synced ? [...speaks, names(source).join()].join(" ") : "";
  };
  await waitUntil("only the pod there counts", () => known() === "false false Pod in-bank");
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
  const spaces = () => [...source.observe().namespaces].map(({ name, skip }) => `${name} ${skip}`);
  await waitUntil("both are known", () => spaces().join() === "shop false,late true");
});

function follow(
  session: FakeApiSession,
  options: {
    readonly seen?: (source: WantsSource) => void;
    readonly namespaces?: readonly string[];
  } = {},
): { source: WantsSource; causes: string[] } {
  const { client, logger, metrics, signal } = session;
  const conditions = recordingConditions();
  const causes: string[] = [];
  const { seen, namespaces } = options;
  const all = { kinds: KINDS, namespaces, logger, conditions, metrics, tuning: QUICK };
  const source = kubernetesSource(client, all);
  const changed = (cause: string) => {
    causes.push(cause);
    seen?.(source);
  };
  session.run(source.follow({ signal, changed }));
  return { source, causes };
}

async function ready(session: FakeApiSession, source: WantsSource): Promise<void> {
  await waitUntil(
    "it is in sync",
    () => source.observe().synced && session.server.watches === PATHS.length,
  );
}

/** Waits until everything before was heard: the events of a kind come in order. */
async function told(objects: FakeApiSession["server"]["objects"], source: WantsSource) {
  objects.put(PODS, pod("last"));
  objects.put(SETS, { ...deployment("last"), kind: "ReplicaSet" });
  await waitUntil("the last ones are known", () => names(source).length === 3);
}

function names(source: WantsSource): string[] {
  return [...source.observe().workloads].map(({ kind, name }) => `${kind} ${name}`).sort();
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
