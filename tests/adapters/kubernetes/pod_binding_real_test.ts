import { assertEquals } from "@std/assert";
import { unboundSpec } from "../../../mod/pure/objects/pod_binding.ts";
import { fieldsOf, textOf } from "../../../mod/pure/objects/raw_value.ts";
import { call } from "../../harness/servers/api_objects.ts";
import { type ApiServer, startApiServer } from "../../harness/servers/api_server.ts";
import { apiServerMissing } from "../../harness/servers/api_server_or_reason.ts";
import { realTest } from "../../harness/servers/skipping.ts";

const PODS = "/api/v1/namespaces/default/pods";
const NODE = "node-a";

const OWNERS = {
  "a pod of nobody": {},
  "a pod of a ReplicaSet": { ownerReferences: [owner("apps/v1", "ReplicaSet")] },
  "a pod of an operator": { ownerReferences: [owner("e2e.example.com/v1", "Widget")] },
};

realTest(
  "a real API server tells a pod that asks for its node from one that a scheduler bound",
  await apiServerMissing(),
  async (t) => {
    await using server = await startApiServer();
    for (const [index, [whose, metadata]] of Object.entries(OWNERS).entries()) {
      await t.step(whose, async () => {
        const bound = `bound-${index}`;
        await createPod(server, bound, { metadata });
        await bind(server, bound);
        await run(server, bound);
        assertEquals(await pinned(server, bound), undefined, "bound");
        await relabel(server, bound);
        assertEquals(await pinned(server, bound), undefined, "bound, and written by others since");

        const made = `made-${index}`;
        await createPod(server, made, { metadata, spec: { nodeName: NODE } });
        await run(server, made);
        await relabel(server, made);
        assertEquals(await pinned(server, made), NODE, "made with spec.nodeName");
      });
    }
  },
);

async function createPod(
  { admin }: ApiServer,
  name: string,
  more: { readonly metadata: object; readonly spec?: object },
): Promise<void> {
  await call(admin, "POST", PODS, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, ...more.metadata },
    spec: { containers: [{ name: "main", image: "nginx:1" }], ...more.spec },
  });
}

/** As kube-scheduler does. */
async function bind({ admin }: ApiServer, name: string): Promise<void> {
  const target = { apiVersion: "v1", kind: "Node", name: NODE };
  const binding = { apiVersion: "v1", kind: "Binding", metadata: { name }, target };
  await call(admin, "POST", `${PODS}/${name}/binding`, binding);
}

/** As kubelet does. */
async function run({ admin }: ApiServer, name: string): Promise<void> {
  const status = { phase: "Running", hostIP: "192.0.2.1" };
  await call(admin, "PATCH", `${PODS}/${name}/status`, { status });
}

/** A patch, and the whole object as `kubectl edit` or a client in Go writes it back. */
async function relabel({ admin }: ApiServer, name: string): Promise<void> {
  await call(admin, "PATCH", `${PODS}/${name}`, { metadata: { labels: { patched: "true" } } });
  const pod = fieldsOf(await call(admin, "GET", `${PODS}/${name}`));
  const metadata = { ...fieldsOf(pod["metadata"]), labels: { written: "true" } };
  await call(admin, "PUT", `${PODS}/${name}`, { ...pod, metadata });
}

/** What we read in it, once the scheduler or its maker has given it a node. */
async function pinned({ admin }: ApiServer, name: string): Promise<string | undefined> {
  const pod = fieldsOf(await call(admin, "GET", `${PODS}/${name}`));
  assertEquals(fieldsOf(pod["spec"])["nodeName"], NODE);
  return textOf(fieldsOf(unboundSpec(pod))["nodeName"]);
}

function owner(apiVersion: string, kind: string) {
  return { apiVersion, kind, name: "owner", uid: "some-uid", controller: true };
}
