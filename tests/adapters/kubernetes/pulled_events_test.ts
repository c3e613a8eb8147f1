import { assertEquals } from "@std/assert";
import { kubernetesPulledEvents } from "../../../mod/adapters/kubernetes/pulled_events.ts";
import { FakeApiSession, QUICK } from "../../harness/fakes/fake_api_session.ts";
import { recordingConditions } from "../../harness/fakes/quiet.ts";
import { waitUntil } from "../../harness/wait.ts";

const EVENTS = "/api/v1/events";

/** An Event of kubelet's, or of something else. */
function pulledEvent(name: string, rest: Readonly<Record<string, unknown>> = {}) {
  return {
    kind: "Event",
    apiVersion: "v1",
    metadata: { name, namespace: "default" },
    involvedObject: { kind: "Pod", namespace: "default", name, uid: `uid-${name}` },
    reason: "Pulled",
    message: 'Container image "nginx:1" already present on machine',
    source: { component: "kubelet", host: "n1" },
    firstTimestamp: "2026-11-27T10:00:00Z",
    ...rest,
  };
}

function followEvents(session: FakeApiSession, namespaces?: readonly string[]) {
  const { logger, metrics, client, signal } = session;
  const conditions = recordingConditions();
  const followed = { conditions, pods: [] as string[], listed: 0, toldBefore: NaN };
  const options = { logger, metrics, conditions, namespaces, tuning: QUICK };
  session.run(
    kubernetesPulledEvents(client, options).follow({
      signal,
      told: ({ podUid }) => followed.pods.push(podUid.slice("uid-".length)),
      listed: () => {
        followed.listed++;
        followed.toldBefore = followed.pods.length;
      },
    }),
  );
  return followed;
}

Deno.test("Events of the past are told in pages, then those that come", async () => {
  await using session = new FakeApiSession();
  const { objects } = session.server;
  for (let i = 0; i < 250; i++) objects.put(EVENTS, pulledEvent(`p${i}`));
  objects.put(EVENTS, pulledEvent("strange", { message: "What is this?" }));
  const followed = followEvents(session);
  await waitUntil("all are told", () => followed.listed === 1);
  assertEquals(followed.pods.length, 250);
  assertEquals(session.server.count("list", EVENTS), 3);
  const [asked] = session.server.requests;
  assertEquals(asked?.query.get("fieldSelector"), "reason=Pulled,involvedObject.kind=Pod");
  await waitUntil("it watches", () => session.server.watches > 0);
  objects.put(EVENTS, pulledEvent("new"));
  await waitUntil("the new one is told", () => followed.pods.at(-1) === "new");
});

Deno.test("a watch that breaks goes on where it was", async () => {
  await using session = new FakeApiSession();
  const { server } = session;
  server.objects.put(EVENTS, pulledEvent("first"));
  const followed = followEvents(session);
  await waitUntil("it watches", () => server.watches > 0);
  server.dropWatches();
  server.objects.put(EVENTS, pulledEvent("meanwhile"));
  await waitUntil("what came meanwhile is told", () => followed.pods.includes("meanwhile"));
  assertEquals([followed.pods, followed.listed], [["first", "meanwhile"], 1]);
});

Deno.test("without the right to read them a note says so, once, and what is granted is told", async () => {
  await using session = new FakeApiSession();
  const { server } = session;
  server.objects.put(EVENTS, pulledEvent("first"));
  server.fail({ verb: "list", path: EVENTS, times: 4 }, { type: "status", status: 403 });
  const followed = followEvents(session);
  const { notes } = followed.conditions;
  await waitUntil("it is noted", () => notes.has("events"));
  assertEquals(
    notes.get("events"),
    "Cannot list events in all namespaces: grant the verbs get, list and watch; until then nobody " +
      "knows what starts waited",
  );
  await waitUntil("it is granted", () => followed.pods.length === 1);
  await waitUntil("the note is gone", () => !notes.has("events"));
  const warnings = session.logger.lines.filter(({ message }) => message.startsWith("Cannot list"));
  assertEquals(warnings.length, 1);
  assertEquals(followed.conditions.state.size, 0, "readiness is no matter of Events");
});

Deno.test("a server that fails is waited for, and no right is missed", async () => {
  await using session = new FakeApiSession();
  const { server } = session;
  server.objects.put(EVENTS, pulledEvent("first"));
  server.fail({ verb: "list", path: EVENTS, times: 3 }, { type: "status", status: 500 });
  const followed = followEvents(session);
  const noted = new Set<string | undefined>();
  followed.conditions.note = (_, text) => noted.add(text);
  await waitUntil("it is listed", () => followed.listed === 1);
  assertEquals([followed.toldBefore, ...noted], [1, undefined]);
});

Deno.test("an account of some namespaces reads their Events, each for itself", async () => {
  await using session = new FakeApiSession();
  const { server } = session;
  const path = (namespace: string) => `/api/v1/namespaces/${namespace}/events`;
  server.objects.put(path("shop"), pulledEvent("p1"));
  server.objects.put(path("bank"), pulledEvent("p2"));
  server.fail({ verb: "list", path: path("closed"), times: 1_000 }, {
    type: "status",
    status: 403,
  });
  const followed = followEvents(session, ["shop", "bank", "closed"]);
  await waitUntil("those that may be read are", () => followed.listed === 1);
  assertEquals(followed.pods.sort(), ["p1", "p2"]);
  assertEquals(server.count("list", EVENTS), 0);
  assertEquals(followed.conditions.notes.get("events")?.includes("in namespace closed"), true);
});
