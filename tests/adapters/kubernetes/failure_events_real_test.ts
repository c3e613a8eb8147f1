import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { systemClock as clock } from "../../../mod/adapters/clock.ts";
import { openKubernetes } from "../../../mod/adapters/kubernetes/client.ts";
import { failureEvents } from "../../../mod/adapters/kubernetes/failure_events.ts";
import { targetOf } from "../../../mod/adapters/kubernetes/kind_target.ts";
import { BUILT_IN_KINDS, CLUSTER_KINDS } from "../../../mod/pure/objects/kinds.ts";
import type { FailureNotice } from "../../../mod/pure/failures/failure_notices.ts";
import { runCommand } from "../../harness/commands.ts";
import { recordingLogger } from "../../harness/fakes/quiet.ts";
import {
  call,
  collectionOf,
  createAccount,
  createObject,
} from "../../harness/servers/api_objects.ts";
import { grantReading } from "../../harness/servers/api_rights.ts";
import { startApiServer } from "../../harness/servers/api_server.ts";
import { apiServerMissing } from "../../harness/servers/api_server_or_reason.ts";
import { realTest, reasonToSkip } from "../../harness/servers/skipping.ts";
import { never } from "../../harness/signals.ts";
import { obtainTool } from "../../harness/tools/tools.ts";

const EVENTS = "/api/v1/namespaces/default/events";
const IMAGE = "registry.example.com/app:1";
const WEB = { kind: "Deployment", namespace: "default", name: "web" };
const skip = await apiServerMissing() ?? await reasonToSkip("kubectl");

interface StoredEvent {
  readonly count: number;
  readonly message: string;
  readonly firstTimestamp: string;
  readonly lastTimestamp: string;
  readonly metadata: { readonly name: string };
  readonly involvedObject: Readonly<Record<string, string>>;
}

realTest(
  "a workload's Event is there once, goes on counting, and kubectl shows it",
  skip,
  async (t) => {
    await using server = await startApiServer();
    const { admin } = server;
    const events = async () =>
      (await call(admin, "GET", `${EVENTS}?fieldSelector=reason=WarmImageFailed`) as {
        readonly items: readonly StoredEvent[];
      }).items;
    await createObject(admin, "Deployment", "web", IMAGE);
    const token = await createAccount(admin, "controller");
    const kubeconfig = await server.kubeconfigFor("controller", { token });
    const open = () => {
      const client = openKubernetes({ kubeconfig, logger: recordingLogger() });
      const recorder = failureEvents(client, { targetOf: kindTarget, identity: "c-0", clock });
      const record = (count: number, rest: Partial<FailureNotice> = {}) =>
        recorder.record({ object: WEB, image: IMAGE, message: `told ${count}`, count, ...rest }, {
          signal: never(),
        });
      return { client, record };
    };
    const { client, record } = open();
    using _client = client;

    await t.step("without rights it says which to grant", async () => {
      const first = await record(1);
      assert(first.result === "refused");
      assertMatch(first.why, /namespace "default": grant the verbs create and patch on events/);
      await grantReading(admin, "controller", "reader", ["apps/deployments", "/nodes"]);
      assertEquals((await record(1)).result, "refused", "what it may read it may not tell");
      await grantReading(admin, "controller", "teller", ["/events"], ["create", "patch"]);
    });

    await t.step("it is there once, and counts", async () => {
      assertEquals(await record(1), { result: "recorded", count: 1 });
      assertEquals(await record(2), { result: "recorded", count: 2 });
      assertEquals(await record(3), { result: "recorded", count: 3 });
      const [event, ...others] = await events();
      assertEquals([event?.count, event?.message, others.length], [3, "told 3", 0]);
      assertEquals(event?.involvedObject["apiVersion"], "apps/v1");
      assert((event?.firstTimestamp ?? "") <= (event?.lastTimestamp ?? ""));
    });

    await t.step("the next leader counts on", async () => {
      const next = open();
      using _client = next.client;
      assertEquals(await next.record(1), { result: "recorded", count: 4 });
      assertEquals((await events()).length, 1);
    });

    await t.step("one that has expired is written anew", async () => {
      const [event] = await events();
      await call(admin, "DELETE", `${EVENTS}/${event?.metadata.name}`);
      assertEquals(await record(5), { result: "recorded", count: 1 });
      assertEquals((await events()).map(({ count }) => count), [1]);
    });

    await t.step("another image is another Event, of the same object", async () => {
      assertEquals(await record(1, { image: "other:1" }), { result: "recorded", count: 1 });
      assertEquals((await events()).length, 2);
    });

    await t.step("kubectl describe shows them", async () => {
      const { stdout } = await runCommand(await obtainTool("kubectl"), [
        ...["--kubeconfig", server.adminKubeconfig, "describe", "deployment", "web"],
      ]);
      assertStringIncludes(stdout, "WarmImageFailed");
      assertStringIncludes(stdout, "told 1");
      assertStringIncludes(stdout, "warm-images-controller");
    });

    await t.step("of an object in no namespace it is in default", async () => {
      const node = { apiVersion: "v1", kind: "Node", metadata: { name: "n1" } };
      await call(admin, "POST", "/api/v1/nodes", node);
      const object = { kind: "Node", namespace: "", name: "n1" };
      assertEquals(await record(1, { object }), { result: "recorded", count: 1 });
    });

    await t.step(
      "objects that are gone are told nothing, nor are kinds that are not followed",
      async () => {
        await call(admin, "DELETE", `${collectionOf("Deployment").path}/web`);
        assertEquals(await record(2), { result: "gone" });
        assertEquals(await record(1, { object: { ...WEB, kind: "Shop" } }), { result: "gone" });
      },
    );

    await t.step("an object that was made anew has an Event of its own", async () => {
      await createObject(admin, "Deployment", "web", IMAGE);
      const before = (await events()).length;
      assertEquals(await record(2), { result: "recorded", count: 1 });
      assertEquals((await events()).length, before + 1);
    });

    const spec = async () =>
      (await call(admin, "GET", `${collectionOf("Deployment").path}/web`) as {
        readonly spec: unknown;
      }).spec;

    await t.step("a name that leaves no room for more is cut", async () => {
      const name = `${"a".repeat(62)}.${"b".repeat(62)}.${"c".repeat(62)}.${"d".repeat(61)}`;
      await call(admin, "POST", collectionOf("Deployment").path, {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name },
        spec: await spec(),
      });
      assertEquals(await record(1, { object: { ...WEB, name } }), { result: "recorded", count: 1 });
    });

    await t.step("a namespace that ends is no lack of rights", async () => {
      const metadata = { name: "ending" };
      await call(admin, "POST", "/api/v1/namespaces", {
        apiVersion: "v1",
        kind: "Namespace",
        metadata,
      });
      const deployments = collectionOf("Deployment").path.replace("default", "ending");
      await call(admin, "POST", deployments, {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "web" },
        spec: await spec(),
      });
      await call(admin, "DELETE", "/api/v1/namespaces/ending");
      assertEquals(await record(1, { object: { ...WEB, namespace: "ending" } }), {
        result: "gone",
      });
    });
  },
);

function kindTarget(kind: string) {
  const row = [...BUILT_IN_KINDS, ...CLUSTER_KINDS].find((each) => each.kind === kind);
  return row && targetOf(row);
}
