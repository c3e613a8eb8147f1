import { assertEquals } from "@std/assert";
import { kubernetesSource } from "../../../mod/adapters/kubernetes/source.ts";
import { KindChoice } from "../../../mod/pure/objects/kind_choice.ts";
import { deployment, FakeApiSession, QUICK } from "../../harness/fakes/fake_api_session.ts";
import { recordingConditions } from "../../harness/fakes/quiet.ts";
import { seenBy } from "../../harness/fakes/seen.ts";
import { waitUntil } from "../../harness/wait.ts";

const SETS = "/apis/apps/v1/replicasets";

Deno.test("an old revision comes back by a list when a newer one is deleted, and not when all are", async () => {
  await using session = new FakeApiSession();
  const { client, logger, metrics, signal, server } = session;
  for (const number of [1, 2, 3, 4]) server.objects.put(SETS, replicaSet("web", number));
  for (const number of [1, 2, 3, 4]) server.objects.put(SETS, replicaSet("gone", number));
  const source = kubernetesSource(client, {
    kinds: new KindChoice(["ReplicaSet"]),
    keepRevisions: 1,
    ...{ logger, metrics, conditions: recordingConditions(), tuning: QUICK },
    times: { everyMs: 100 },
  });
  session.run(source.follow({ signal, changed: () => {} }));
  const names = () => seenBy(source).workloads.map(({ name }) => name).sort().join();
  await waitUntil("the newest are known", () => names() === "gone-3,gone-4,web-3,web-4");
  await waitUntil("all are watched", () => server.watches > 0 && source.observe().synced);
  for (const number of [4, 3, 2, 1]) server.objects.delete(SETS, `gone-${number}`);
  await waitUntil("they are gone", () => names() === "web-3,web-4");
  const asked = server.documentsAsked.length;
  await waitUntil("some time has passed", () => server.documentsAsked.length > asked + 4);
  assertEquals(server.count("list", SETS), 1);
  server.objects.delete(SETS, "web-4");
  await waitUntil("the one before is back", () => names() === "web-2,web-3");
  assertEquals(server.count("list", SETS), 2);
});

function replicaSet(owner: string, number: number) {
  const { spec } = deployment(owner);
  return {
    metadata: {
      name: `${owner}-${number}`,
      namespace: "default",
      annotations: { "deployment.kubernetes.io/revision": `${number}` },
      ownerReferences: [
        { apiVersion: "apps/v1", kind: "Deployment", name: owner, controller: true },
      ],
    },
    spec: { ...spec as Record<string, unknown>, replicas: 0 },
  };
}
