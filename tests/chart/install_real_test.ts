import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { systemClock } from "../../mod/adapters/clock.ts";
import { openKubernetes } from "../../mod/adapters/kubernetes/client.ts";
import { kubernetesLease } from "../../mod/adapters/kubernetes/lease.ts";
import { recordingConditions, recordingLogger } from "../harness/fakes/quiet.ts";
import { type ApiServer, startApiServer } from "../harness/servers/api_server.ts";
import { waitUntil } from "../harness/wait.ts";
import { reasonToSkip } from "../harness/servers/skipping.ts";
import { at, readObjects, renderText, valueFiles } from "./chart.ts";
import { Cluster } from "./installed.ts";

const skip = await reasonToSkip("helm", "kubectl", "etcd", "kube-apiserver");
const LEASE = "lease/wi-warm-images";

Deno.test({
  name: `a real API server and the chart${skip === undefined ? "" : ` [skipped: ${skip}]`}`,
  ignore: skip !== undefined,
}, async (t) => {
  await using server = await startApiServer();
  const cluster = new Cluster(server);
  for (const namespace of ["warm-images", "agents", "shop", "team-a"]) {
    await cluster.ask("create", "namespace", namespace);
  }
  await cluster.defineOthersKinds();

  for (const values of valueFiles()) {
    await t.step(`the server accepts the objects of "${values}" without a warning`, async () => {
      const flags = ["apply", "--dry-run=server", "--warnings-as-errors"];
      const { code, stderr } = await cluster.kubectl(flags, await renderText({ values }));
      assertEquals([code, stderr], [0, ""]);
      const dry = await cluster.install({ values, flags: ["--dry-run=server"] });
      assertEquals([dry.code, dry.stderr], [0, ""]);
    });
  }

  await t.step(
    "an upgrade does not touch NATS, and the leader leads on",
    async () => {
      assertEquals((await cluster.install()).code, 0);
      const before = await kept(cluster);
      await using leader = await lead(server, cluster);
      assertEquals((await cluster.install({ set: ["ignore.spaces=test"] })).code, 0);
      assertEquals(await kept(cluster), before);
      assert(leader.leading());
      assertEquals(await cluster.ask(...get(LEASE, "{.spec.holderIdentity}")), "test");
      assertEquals((await cluster.helm("rollback", "wi", "1", ...HOOKLESS)).code, 0);
      assertEquals(await kept(cluster), before);
      assertEquals(await cluster.ask(...get(LEASE, "{.spec.holderIdentity}")), "test");
    },
  );

  await t.step("a NATS that is to keep its data gets a volume by an upgrade", async () => {
    assertEquals((await cluster.install({ set: ["nats.persistence.enabled=true"] })).code, 0);
    assertEquals(
      await cluster.ask(...get("pvc", "{.items[*].metadata.name}")),
      "wi-warm-images-nats",
    );
    assertEquals(await natsWorkloads(cluster), ["statefulset.apps/wi-warm-images-nats"]);
  });

  await t.step("a StatefulSet, as chart 0.1.0 had one, becomes a Deployment", async () => {
    assertEquals((await cluster.install()).code, 0);
    assertEquals(await natsWorkloads(cluster), ["deployment.apps/wi-warm-images-nats"]);
    const patch = ["--namespace=warm-images", ...UNPROTECT];
    await cluster.ask("patch", "pvc", "wi-warm-images-nats", ...patch);
  });

  await t.step(
    "a Lease that somebody deletes is made again, and belongs to the release",
    async () => {
      await using _leader = await lead(server, cluster);
      await cluster.ask("delete", LEASE, "--namespace=warm-images");
      const held = () => cluster.kubectl(get(LEASE, "{.spec.holderIdentity}"));
      await waitUntil("it is held again", async () => (await held()).stdout === "test");
      assertEquals((await cluster.install({ set: ["nats.persistence.enabled=true"] })).code, 0);
      assertEquals((await held()).stdout, "test");
    },
  );

  await t.step("an uninstall leaves nothing, although a controller still leads", async () => {
    await using leader = await lead(server, cluster);
    assert((await cluster.named("wi-warm-images")).length > 10);
    assertEquals((await cluster.helm("uninstall", "wi", ...HOOKLESS)).code, 0);
    await leader.untilTold("Cannot");
    // No controller of volumes runs here that would let the claim go.
    await cluster.ask(
      "patch",
      "pvc",
      "wi-warm-images-nats",
      "--namespace=warm-images",
      ...UNPROTECT,
    );
    assertEquals(await cluster.named("wi"), []);
  });

  await t.step("a second release warns, and one of the same name is refused", async () => {
    assertEquals((await cluster.install()).code, 0);
    const other = await cluster.install({ release: "two", namespace: "second" });
    assertStringIncludes(other.stdout, 'WARNING: Release "wi" has agents in this cluster too');
    const same = await cluster.install({ namespace: "third" });
    assertEquals(same.code, 1);
    assertStringIncludes(same.stderr, 'release-namespace" must equal "third"');
    const again = await cluster.install({ set: ["rbac.create=false"] });
    assert(!again.stdout.includes("has agents in this cluster too"), again.stdout);
  });

  await t.step("notes warn of a namespace that does not admit agents", async () => {
    await cluster.ask("label", "namespace", "warm-images", `${ENFORCE}=restricted`);
    const { stdout } = await cluster.install();
    assertStringIncludes(stdout, 'WARNING: Namespace "warm-images" admits pods of the level');
    const apart = await cluster.install({ set: ["agent.namespace=agents"] });
    assert(!apart.stdout.includes("admits pods of the level"), apart.stdout);
  });

  await t.step(
    "all but the agents are admitted at the level restricted",
    async () => {
      const objects = readObjects(await renderText());
      for (const component of ["controller", "nats", "logins", "agent"]) {
        const workload = objects.find(({ kind, metadata }) =>
          /^(Deployment|DaemonSet|Job)$/.test(kind) && metadata.name.includes(`-${component}`)
        );
        const { code, stderr } = await cluster.kubectl(
          ["create", "--dry-run=server", "--namespace=warm-images"],
          JSON.stringify(podOf(at(workload, "spec.template"))),
        );
        if (component !== "agent") assertEquals([code, stderr], [0, ""]);
        else assertStringIncludes(stderr, 'violates PodSecurity "restricted');
      }
    },
  );
});

const ENFORCE = "pod-security.kubernetes.io/enforce";
const HOOKLESS = ["--namespace=warm-images", "--no-hooks"];
const UNPROTECT = ["--type=merge", '--patch={"metadata":{"finalizers":null}}'];

function get(what: string, path: string): string[] {
  return ["get", what, "--namespace=warm-images", `--output=jsonpath=${path}`];
}

/** What runs the chart's NATS. */
async function natsWorkloads(cluster: Cluster): Promise<string[]> {
  const kinds = "deployments,statefulsets";
  const args = ["get", kinds, "--namespace=warm-images", "--output=name"];
  const names = (await cluster.ask(...args)).trim().split("\n");
  return names.filter((name) => name.endsWith("-nats"));
}

/** What no upgrade may change: what would restart NATS. */
async function kept(cluster: Cluster): Promise<string[]> {
  const config = get("configmap/wi-warm-images-nats", "{.data}");
  const pods = get("deployment/wi-warm-images-nats", "{.metadata.generation}{.spec.template}");
  return await Promise.all([config, pods].map((args) => cluster.ask(...args)));
}

/** A pod of a workload's template. */
function podOf(template: unknown): unknown {
  const metadata = { name: "pod", labels: at(template, "metadata.labels") };
  return { apiVersion: "v1", kind: "Pod", metadata, spec: at(template, "spec") };
}

interface Leader extends AsyncDisposable {
  leading(): boolean;
  untilTold(text: string): Promise<void>;
}

/** Leads by the release's Lease, with the rights of its controller. */
async function lead(server: ApiServer, cluster: Cluster): Promise<Leader> {
  const account = "wi-warm-images-controller";
  const token = await cluster.ask("create", "token", account, "--namespace=warm-images");
  const logger = recordingLogger();
  const kubeconfig = await server.kubeconfigFor(account, { token: token.trim() });
  const client = openKubernetes({ kubeconfig, logger });
  const leadership = kubernetesLease(client, {
    ...{ name: "wi-warm-images", namespace: "warm-images", identity: "test", logger },
    conditions: recordingConditions(),
    clock: systemClock,
    tuning: { retryMs: 100 },
  });
  const stop = new AbortController();
  const ended = leadership.follow({ signal: stop.signal, changed: () => {} });
  await waitUntil("it leads", () => leadership.leading());
  return {
    leading: () => leadership.leading(),
    untilTold: (text) =>
      waitUntil(text, () => logger.lines.some(({ message }) => message.startsWith(text))),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
      client[Symbol.dispose]();
    },
  };
}
