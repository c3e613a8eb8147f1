import { assertEquals, assertRejects } from "@std/assert";
import { Discovery } from "../../../mod/adapters/kubernetes/discovery.ts";
import type { ServedKind } from "../../../mod/pure/objects/kind.ts";
import type { FakeDocument } from "../../harness/fakes/fake_api_server.ts";
import { FakeApiSession } from "../../harness/fakes/fake_api_session.ts";

Deno.test("all kinds are told in one answer, which is not sent again while it is the same", async () => {
  await using session = new FakeApiSession();
  const { documents, documentsAsked } = session.server;
  documents.set("/apis", { ...aggregated({ "argoproj.io": { v1: ["rollouts"] } }), etag: '"1"' });
  const discovery = new Discovery(session.client);
  const found = await discovery.ask(session.signal);
  assertEquals(found?.kinds, [
    {
      group: "argoproj.io",
      version: "v1",
      kind: "Kind of rollouts",
      plural: "rollouts",
      namespaced: true,
    },
  ]);
  assertEquals(await discovery.ask(session.signal), undefined);
  assertEquals(documentsAsked, ["/apis 200", "/apis 304"]);
  documents.set("/apis", { ...aggregated({}), etag: '"2"' });
  assertEquals(await discovery.ask(session.signal), { kinds: [], silentGroups: [] });
});

Deno.test("a kind is read in the first version of its group that has it", async () => {
  const group = { v2: ["machines"], v1: ["machines", "boxes"] };
  assertEquals(await asked(aggregated({ "example.com": group })), [
    "machines.v2.example.com",
    "boxes.v1.example.com",
  ]);
});

Deno.test("what cannot be watched is left out, and so are parts of objects", async () => {
  const resources = [
    resource("machines"),
    { ...resource("metrics"), verbs: ["get", "list"] },
    { ...resource("reviews"), verbs: ["create"] },
  ];
  const body = {
    kind: "APIGroupDiscoveryList",
    items: [{
      metadata: { name: "example.com" },
      versions: [{ version: "v1", freshness: "Current", resources }],
    }],
  };
  assertEquals(await asked({ body }), ["machines.v1.example.com"]);
});

Deno.test("a group whose API server is down keeps the kinds that it had", async () => {
  await using session = new FakeApiSession();
  const { documents } = session.server;
  const [well, other] = [{ v1: ["configs"] }, { v1: ["machines"] }];
  documents.set("/apis", aggregated({ "apps.openshift.io": well, "example.com": other }));
  const discovery = new Discovery(session.client);
  await discovery.ask(session.signal);
  const down = aggregated({ "apps.openshift.io": { v1: "Stale" }, "example.com": { v1: [] } });
  documents.set("/apis", down);
  const found = await discovery.ask(session.signal);
  assertEquals(await discovery.ask(session.signal), undefined);
  assertEquals(shown(found?.kinds), ["configs.v1.apps.openshift.io"]);
  assertEquals(found?.silentGroups, []);
});

Deno.test("a group whose API server was down from the beginning is told as silent", async () => {
  await using session = new FakeApiSession();
  session.server.documents.set("/apis", aggregated({ "apps.openshift.io": { v1: "Stale" } }));
  const found = await new Discovery(session.client).ask(session.signal);
  assertEquals(found, { kinds: [], silentGroups: ["apps.openshift.io"] });
});

Deno.test("a server that does not tell all at once is asked for each version of each group", async () => {
  await using session = new FakeApiSession();
  const { documents } = session.server;
  const versions = ["v1", "v2"].map((version) => ({ version }));
  const group = { name: "example.com", versions, preferredVersion: { version: "v2" } };
  const silent = { ...group, name: "silent.io", versions: [{ version: "v2" }] };
  documents.set("/apis", { body: { kind: "APIGroupList", groups: [group, silent] } });
  documents.set("/apis/example.com/v1", resources("machines", "boxes", "boxes/status"));
  documents.set("/apis/example.com/v2", resources("machines"));
  documents.set("/apis/silent.io/v2", { status: 503 });
  const discovery = new Discovery(session.client);
  const found = await discovery.ask(session.signal);
  assertEquals(shown(found?.kinds), ["machines.v2.example.com", "boxes.v1.example.com"]);
  assertEquals(found?.silentGroups, ["silent.io"]);
  documents.set("/apis/example.com/v2", { status: 503 });
  documents.set("/apis/example.com/v1", { status: 404 });
  const later = await discovery.ask(session.signal);
  assertEquals(shown(later?.kinds), ["machines.v2.example.com"]);
});

Deno.test("an answer that is neither is an error", async () => {
  await using session = new FakeApiSession();
  session.server.documents.set("/apis", { body: { kind: "List" } });
  await assertRejects(() => new Discovery(session.client).ask(session.signal), Error, "no list");
});

/** An answer of groups, by their versions, by what these have. */
function aggregated(
  groups: Readonly<Record<string, Readonly<Record<string, readonly string[] | "Stale">>>>,
): FakeDocument {
  const items = Object.entries(groups).map(([name, versions]) => ({
    metadata: { name },
    versions: Object.entries(versions).map(([version, plurals]) =>
      plurals === "Stale"
        ? { version, freshness: "Stale" }
        : { version, freshness: "Current", resources: plurals.map(resource) }
    ),
  }));
  return { body: { kind: "APIGroupDiscoveryList", items } };
}

function resource(plural: string) {
  const responseKind = { group: "", version: "", kind: `Kind of ${plural}` };
  return { resource: plural, responseKind, scope: "Namespaced", verbs: ["get", "list", "watch"] };
}

function resources(...names: string[]): FakeDocument {
  const resources = names.map((name) => ({
    name,
    kind: `Kind of ${name}`,
    namespaced: true,
    verbs: ["list", "watch"],
  }));
  return { body: { kind: "APIResourceList", resources } };
}

async function asked(document: FakeDocument): Promise<string[]> {
  await using session = new FakeApiSession();
  session.server.documents.set("/apis", document);
  return shown((await new Discovery(session.client).ask(session.signal))?.kinds);
}

function shown(kinds: readonly ServedKind[] = []): string[] {
  return kinds.map(({ plural, version, group }) => `${plural}.${version}.${group}`);
}
