import { assert, assertEquals } from "@std/assert";
import { kubernetesSource } from "../../../mod/adapters/kubernetes/source.ts";
import type { WantsSource } from "../../../mod/ports/wants_source.ts";
import { KindChoice } from "../../../mod/pure/objects/kind_choice.ts";
import type { FakeApiServer } from "../../harness/fakes/fake_api_server.ts";
import { deployment, FakeApiSession, QUICK } from "../../harness/fakes/fake_api_session.ts";
import { recordingConditions } from "../../harness/fakes/quiet.ts";
import { seenBy } from "../../harness/fakes/seen.ts";
import { waitUntil } from "../../harness/wait.ts";

const ROLLOUTS = "/apis/argoproj.io/v1alpha1/rollouts";
const THINGS = "/apis/example.com/v1/things";
const BOTH = ["auto", "things.example.com"];

Deno.test("while it is not known which kinds there are, nothing is in sync", async () => {
  await using session = new FakeApiSession();
  session.server.documents.set("/apis", { status: 500 });
  const { source, conditions } = follow(session, BOTH);
  await waitUntil("everything else is listed", () => source.observe().kinds.has("CronJob"));
  await waitUntil("it was asked for", () => session.server.documentsAsked.length > 3);
  assertEquals(source.observe().synced, false);
  const told = () => conditions.state.get("kubernetes")?.reason ?? "";
  await waitUntil("it is told", () => told().includes("GET /apis: the API server answered 500"));
  serve(session.server, {});
  await waitUntil("it is in sync", () => source.observe().synced);
  await waitUntil("it is well", () => conditions.state.get("kubernetes")?.holds ?? false);
  assertEquals(source.observe().unread.size, 0);
});

Deno.test("where it may not be known which kinds there are, those of others stay unread", async () => {
  await using session = new FakeApiSession();
  session.server.documents.set("/apis", { status: 403 });
  const { source } = follow(session, BOTH);
  await waitUntil("it is in sync", () => source.observe().synced);
  const { unread } = source.observe();
  assert(unread.size > 0);
  const names = ["Rollout", "Thing.example.com", "Deployment", "Node", "Setting"];
  assertEquals(names.map((name) => unread.has(name)), [true, true, false, false, false]);
  serve(session.server, {});
  await waitUntil("all are known", () => source.observe().unread.size === 0);
});

Deno.test("Kubernetes' own kinds alone wait for no answer about others", async () => {
  await using session = new FakeApiSession();
  session.server.documents.set("/apis", { status: 500 });
  const { source, conditions } = follow(session, ["Deployment"]);
  await waitUntil("it is in sync", () => source.observe().synced);
  assertEquals(conditions.state.get("kubernetes"), { holds: true });
  assertEquals(source.observe().unread.size, 0);
});

Deno.test("kinds of a group whose API server is down are unread, and stay known if they were", async () => {
  await using session = new FakeApiSession();
  const { server } = session;
  server.objects.put(ROLLOUTS, deployment("web"));
  serve(server, {
    "argoproj.io/v1alpha1": "down",
    "example.com/v1": "down",
    "other.io/v1": "down",
  });
  const { source } = follow(session, BOTH);
  await waitUntil("it is in sync", () => source.observe().synced);
  const unread = () =>
    ["Rollout", "Thing.example.com", "Other.other.io", "Deployment"].filter((name) =>
      source.observe().unread.has(name)
    );
  assertEquals(unread(), ["Rollout", "Thing.example.com"]);
  serve(server, { "argoproj.io/v1alpha1": ["rollouts"], "example.com/v1": [] });
  await waitUntil("it is followed", () => names(source) === "web");
  assertEquals(unread(), []);
  serve(server, { "argoproj.io/v1alpha1": "down", "example.com/v1": [] });
  await askedAgain(session);
  assertEquals([names(source), source.observe().kinds.has("Rollout")], ["web", true]);
});

Deno.test("a kind that comes is unread until it was listed, and nothing else changes by it", async () => {
  await using session = new FakeApiSession();
  const { server } = session;
  server.objects.put(THINGS, deployment("thing"));
  const { source, conditions, causes } = follow(session, BOTH);
  await waitUntil("it is in sync", () => source.observe().synced);
  const list = { verb: "list", path: THINGS, times: 1 } as const;
  server.fail(list, { type: "hang" });
  serve(server, { "example.com/v1": ["things"] });
  await waitUntil("it is asked for", () => server.count("list", THINGS) === 1);
  const { synced, unread, kinds } = source.observe();
  assertEquals(
    [synced, unread.has("Thing.example.com"), kinds.has("Thing.example.com")],
    [true, true, false],
  );
  assertEquals(conditions.state.get("kubernetes"), { holds: true });
  server.allow();
  serve(server, {});
  await waitUntil("it is gone again", () => source.observe().unread.size === 0);
  causes.length = 0;
  serve(server, { "example.com/v1": ["things"] });
  await waitUntil("it is known", () => names(source) === "thing");
  assertEquals(causes, ["Thing.example.com listed"]);
  serve(server, {});
  await waitUntil("it is gone", () => names(source) === "");
  assertEquals(causes.at(-1), "Thing.example.com is served no more");
});

Deno.test("a kind in another version keeps its records until it was listed in that", async () => {
  await using session = new FakeApiSession();
  const { server } = session;
  const next = "/apis/example.com/v2/things";
  server.objects.put(THINGS, deployment("old"));
  server.objects.put(next, deployment("new"));
  serve(server, { "example.com/v1": ["things"] });
  const { source } = follow(session, BOTH);
  await waitUntil("it is known", () => names(source) === "old");
  server.fail({ verb: "list", path: next, times: Infinity }, { type: "status", status: 500 });
  serve(server, { "example.com/v2": ["things"], "example.com/v1": ["things"] });
  await waitUntil("it is asked for", () => server.count("list", next) > 1);
  assertEquals(names(source), "old");
  assertEquals(source.observe().unread.size, 0);
  server.allow();
  await waitUntil("it is listed", () => names(source) === "new");
  const lists = server.count("list", next);
  await askedAgain(session);
  assertEquals(server.count("list", next), lists);
});

Deno.test("namespaced, kinds of others are read in each namespace, and those of none not at all", async () => {
  await using session = new FakeApiSession();
  const { server } = session;
  serve(server, { "example.com/v1": ["things"], "wide.io/v1": ["wides"] }, { wide: "wides" });
  const words = ["Deployment", "things.example.com", "wides.wide.io"];
  const { source } = follow(session, words, ["shop", "bank"]);
  const read = () =>
    new Set(server.requests.map(({ path }) => path).filter((path) => /example|wide/.test(path)));
  await waitUntil("both are read", () => read().size === 2);
  await waitUntil("it is in sync", () => source.observe().synced);
  assertEquals([...read()].sort(), [
    "/apis/example.com/v1/namespaces/bank/things",
    "/apis/example.com/v1/namespaces/shop/things",
  ]);
});

Deno.test("what is not followed and has parts that name images is told with its number", async () => {
  await using session = new FakeApiSession();
  const { server } = session;
  for (const name of ["a", "b", "c"]) server.objects.put(THINGS, deployment(name));
  serve(server, { "example.com/v1": ["things", "others"], "empty.io/v1": ["empties"] });
  const [things, empties] = [["Thing"], ["Empty"]].map(schemas);
  const at = "/openapi/v3/apis/example.com/v1?hash=1";
  server.documents.set("/openapi/v3", {
    body: {
      paths: {
        "apis/example.com/v1": { serverRelativeURL: at },
        "apis/empty.io/v1": { serverRelativeURL: "/openapi/v3/apis/empty.io/v1?hash=1" },
        "apis/apps/v1": { serverRelativeURL: "/openapi/v3/apis/apps/v1?hash=1" },
      },
    },
  });
  server.documents.set("/openapi/v3/apis/example.com/v1", { body: things });
  server.documents.set("/openapi/v3/apis/empty.io/v1", { body: empties });
  const { source, conditions } = follow(session, ["Deployment"]);
  await waitUntil("it is told", () => conditions.notes.has("kinds"));
  assertEquals(
    conditions.notes.get("kinds"),
    "3 objects of kinds that are not followed name images: Thing.example.com 3; add them to --kinds",
  );
  assertEquals(source.observe().notFollowed, [{ kind: "Thing.example.com", count: 3 }]);
  assertEquals(conditions.state.get("kubernetes"), { holds: true });
  serve(server, { "example.com/v1": ["things", "others"] });
  await askedAgain(session);
  await waitUntil("schemas are asked for again", () => asked(server, "/openapi/v3") === 2);
  await waitUntil("all is counted again", () => server.count("list", THINGS) === 2);
  assertEquals(asked(server, "/openapi/v3/apis/example.com/v1"), 1);
  assertEquals(asked(server, "/openapi/v3/apis/apps/v1"), 0);
});

/** Serves these resources, each a kind of the same name, in this order of versions. */
function serve(
  server: FakeApiServer,
  served: Readonly<Record<string, readonly string[] | "down">>,
  { wide }: { readonly wide?: string } = {},
): void {
  const byGroup = Map.groupBy(Object.entries(served), ([at]) => at.split("/")[0] ?? "");
  const items = [...byGroup].map(([name, versions]) => ({
    metadata: { name },
    versions: versions.map(([at, plurals]) => ({
      version: at.split("/")[1],
      freshness: plurals === "down" ? "Stale" : "Current",
      resources: plurals === "down" ? [] : plurals.map((resource) => ({
        resource,
        responseKind: { kind: kindOf(resource) },
        scope: resource === wide ? "Cluster" : "Namespaced",
        verbs: ["list", "watch"],
      })),
    })),
  }));
  server.documents.set("/apis", { body: { kind: "APIGroupDiscoveryList", items } });
}

function kindOf(plural: string): string {
  const singular = plural.replace(/ies$/, "y").replace(/s$/, "");
  return `${singular.slice(0, 1).toUpperCase()}${singular.slice(1)}`;
}

/** Schemas of these kinds, each with a pod template. */
function schemas(kinds: readonly string[]): unknown {
  const image = { type: "object", properties: { image: { type: "string" } } };
  const spec = { type: "object", properties: { containers: { type: "array", items: image } } };
  const of = (kind: string) => ({
    properties: { spec },
    "x-kubernetes-group-version-kind": [{ group: "", version: "", kind }],
  });
  return { components: { schemas: Object.fromEntries(kinds.map((kind) => [kind, of(kind)])) } };
}

function asked({ documentsAsked }: FakeApiServer, path: string): number {
  return documentsAsked.filter((each) => each.startsWith(`${path} `)).length;
}

/** Waits until an answer that was asked for after now has been heard. */
async function askedAgain({ server }: FakeApiSession): Promise<void> {
  const before = asked(server, "/apis");
  await waitUntil("it is asked again", () => asked(server, "/apis") > before + 2);
}

function follow(
  session: FakeApiSession,
  words: readonly string[],
  namespaces?: readonly string[],
): {
  source: WantsSource;
  conditions: ReturnType<typeof recordingConditions>;
  causes: string[];
} {
  const { client, logger, metrics, signal } = session;
  const conditions = recordingConditions();
  const causes: string[] = [];
  const times = { everyMs: 100, afterNewsMs: 50, quietMs: 1, backoff: { baseMs: 10, maxMs: 40 } };
  const source = kubernetesSource(client, {
    kinds: new KindChoice(words),
    ...{ namespaces, logger, conditions, metrics, times, tuning: QUICK },
  });
  session.run(source.follow({ signal, changed: (cause) => causes.push(cause) }));
  return { source, conditions, causes };
}

function names(source: WantsSource): string {
  return seenBy(source).workloads.map(({ name }) => name).sort().join();
}
