import { assertEquals, assertStringIncludes } from "@std/assert";
import { kubernetesSource } from "../../../mod/adapters/kubernetes/source.ts";
import { KindChoice } from "../../../mod/pure/objects/kind_choice.ts";
import type { WantsSource } from "../../../mod/ports/wants_source.ts";
import { deployment, FakeApiSession, QUICK } from "../../harness/fakes/fake_api_session.ts";
import { recordingConditions } from "../../harness/fakes/quiet.ts";
import { seenBy } from "../../harness/fakes/seen.ts";
import { waitUntil } from "../../harness/wait.ts";

const KINDS = new KindChoice(["Deployment", "Pod"]);
const SHOP = "/apis/apps/v1/namespaces/shop/deployments";
const LIVE = "status.phase!=Succeeded,status.phase!=Failed";
const BANK = "/apis/apps/v1/namespaces/bank/deployments";

Deno.test("namespaced, each kind is asked for in each namespace, and nothing over all of them", async () => {
  await using session = new FakeApiSession();
  const { source } = follow(session);
  await waitUntil("all are watched", () => session.server.watches === 11);
  assertEquals(source.observe().synced, true);
  const asked = session.server.requests.map(({ verb, path, query }) =>
    [verb, path, query.get("fieldSelector")].filter(Boolean).join(" ")
  );
  const collections = [
    ...["/api/v1/namespaces metadata.name=bank", "/api/v1/namespaces metadata.name=shop"],
    `/api/v1/namespaces/bank/pods ${LIVE}`,
    `/api/v1/namespaces/shop/pods ${LIVE}`,
    ...["/api/v1/nodes", BANK, SHOP],
    ...["bank", "shop"].map((space) => `/api/v1/namespaces/${space}/serviceaccounts`),
    ...["/apis/node.k8s.io/v1/runtimeclasses", "/apis/scheduling.k8s.io/v1/priorityclasses"],
  ];
  const expected = collections.flatMap((each) => [`list ${each}`, `watch ${each}`]);
  assertEquals(asked.sort(), expected.sort());
});

Deno.test("namespaced, changes of each namespace are known under its name", async () => {
  await using session = new FakeApiSession();
  session.server.objects.put(SHOP, of("shop", "nginx:1"));
  session.server.objects.put(BANK, of("bank", "nginx:2"));
  const { source } = follow(session);
  await waitUntil("both are known", () => images(source) === "bank nginx:2, shop nginx:1");
  session.server.objects.put(BANK, of("bank", "nginx:3"));
  session.server.objects.delete(SHOP, "web", "shop");
  await waitUntil("both changed", () => images(source) === "bank nginx:3");
});

Deno.test("a namespace that is refused is named, and holds the others up in nothing", async () => {
  await using session = new FakeApiSession();
  session.server.objects.put(SHOP, of("shop", "nginx:1"));
  const refuse = { verb: "list", path: BANK, times: Infinity } as const;
  session.server.fail(refuse, { type: "status", status: 403 });
  const { source, conditions } = follow(session);
  await waitUntil("it is in sync", () => source.observe().synced);
  assertEquals(images(source), "shop nginx:1");
  const { unread, kinds } = source.observe();
  assertEquals([unread.size, unread.has("Deployment/bank")], [1, true]);
  // There it does not speak for what it owns; elsewhere what it owns left nothing anyway.
  assertEquals(kinds.has("Deployment"), false);
  const condition = () => conditions.state.get("kubernetes");
  const told =
    "Cannot list deployments.apps in namespace bank: grant the verbs get, list and watch";
  await waitUntil("it is named", () => condition()?.reason === told);
  session.server.allow();
  await waitUntil("it is well", () => condition()?.holds ?? false);
  assertEquals(source.observe().unread.size, 0);
});

Deno.test("many refusals are counted, a Namespace among them is told by its name", async () => {
  await using session = new FakeApiSession();
  const refuse = { verb: "list", times: Infinity } as const;
  session.server.fail(refuse, { type: "status", status: 403 });
  const { source, conditions } = follow(session, ["a", "b", "c", "d"]);
  await waitUntil("all were asked", () => source.observe().synced);
  const { reason = "" } = conditions.state.get("kubernetes") ?? {};
  assertStringIncludes(reason, "Cannot list namespaces by the name a: grant the verbs");
  assertStringIncludes(reason, "; and 3 more that may not be read");
});

function follow(session: FakeApiSession, namespaces = ["shop", "bank"]): {
  source: WantsSource;
  conditions: ReturnType<typeof recordingConditions>;
} {
  const { client, logger, metrics, signal } = session;
  const conditions = recordingConditions();
  const options = { kinds: KINDS, namespaces, logger, conditions, metrics, tuning: QUICK };
  const source = kubernetesSource(client, options);
  session.run(source.follow({ signal, changed: () => {} }));
  return { source, conditions };
}

function of(namespace: string, image: string) {
  return { ...deployment("web", image), metadata: { name: "web", namespace } };
}

function images(source: WantsSource): string {
  return seenBy(source).workloads
    .map(({ namespace, shapes }) =>
      `${namespace} ${shapes[0]?.wants.map(({ written }) => written)}`
    )
    .sort().join(", ");
}
