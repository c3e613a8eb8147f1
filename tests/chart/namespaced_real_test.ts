import { KindChoice } from "../../mod/pure/objects/kind_choice.ts";
import { seenBy } from "../harness/fakes/seen.ts";
import { assertEquals, assertRejects } from "@std/assert";
import { ApiError } from "../../mod/adapters/kubernetes/api_error.ts";
import { openKubernetes } from "../../mod/adapters/kubernetes/client.ts";
import { kubernetesSource } from "../../mod/adapters/kubernetes/source.ts";
import { readControllerSettings } from "../../mod/pure/settings/controller_settings.ts";
import { recordingConditions, recordingLogger, recordingMetrics } from "../harness/fakes/quiet.ts";
import { call } from "../harness/servers/api_objects.ts";
import { startApiServer } from "../harness/servers/api_server.ts";
import { realTest, reasonToSkip } from "../harness/servers/skipping.ts";
import { waitUntil } from "../harness/wait.ts";
import { render } from "./chart.ts";
import { Cluster } from "./installed.ts";

const skip = await reasonToSkip("helm", "kubectl", "etcd", "kube-apiserver");
const ACCOUNT = "wi-warm-images-controller";
const RIGHTS = ["ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"];

realTest(
  "with rights in two namespaces the controller reads these two, and no more",
  skip,
  async (t) => {
    await using server = await startApiServer();
    const cluster = new Cluster(server);
    for (const name of ["warm-images", "shop", "bank", "other"]) {
      await cluster.ask("create", "namespace", name);
      await cluster.ask("create", "deployment", "web", `--image=${name}:1`, `--namespace=${name}`);
    }
    const set = ["rbac.namespaced=true", "list.spaces={shop,bank}"];
    const rendered = await render({ set });
    const rights = rendered.objects.filter(({ kind }) => RIGHTS.includes(kind));
    const list = { apiVersion: "v1", kind: "List", items: rights };
    assertEquals((await cluster.kubectl(["create"], JSON.stringify(list))).stderr, "");

    const outcome = readControllerSettings([], rendered.env("controller"));
    if (outcome.type !== "settings") throw new Error(JSON.stringify(outcome));
    assertEquals(outcome.settings.namespaced, true);
    const { kinds, rules } = outcome.settings;
    const token = await cluster.ask("create", "token", ACCOUNT, "--namespace=warm-images");
    const kubeconfig = await server.kubeconfigFor(ACCOUNT, { token: token.trim() });
    const [logger, conditions] = [recordingLogger(), recordingConditions()];
    using client = openKubernetes({ kubeconfig, logger });
    const source = kubernetesSource(client, {
      ...{
        kinds: new KindChoice(kinds),
        namespaces: rules.listSpaces,
        logger,
        conditions,
        metrics: recordingMetrics(),
      },
      tuning: { refusedMs: 500, backoff: { baseMs: 100, maxMs: 1000 } },
    });
    const stop = new AbortController();
    const finished = source.follow({ signal: stop.signal, changed: () => {} });
    const images = () =>
      seenBy(source).workloads.flatMap(({ shapes }) => shapes).flatMap(({ wants }) => wants)
        .map(({ written }) => written)
        .sort().join(" ");
    try {
      await t.step("everything in the two is read, and each change there", async () => {
        await waitUntil("it is in sync", () => source.observe().synced);
        assertEquals(source.observe().unread.size, 0);
        assertEquals(conditions.state.get("kubernetes"), { holds: true });
        assertEquals(images(), "bank:1 shop:1");
        assertEquals(seenBy(source).namespaces.map(({ name }) => name).sort(), [
          "bank",
          "shop",
        ]);
        await cluster.ask("create", "job", "new", "--image=job:1", "--namespace=bank");
        await cluster.ask("create", "job", "new", "--image=unseen:1", "--namespace=other");
        await waitUntil("the job is known", () => images() === "bank:1 job:1 shop:1");
      });

      await t.step("the mark on one of the Namespaces is seen", async () => {
        await cluster.ask("annotate", "namespace", "shop", "warm-images/skip=true");
        const skipped = () => seenBy(source).namespaces.filter(({ skip }) => skip);
        await waitUntil("it is seen", () => skipped().map(({ name }) => name).join() === "shop");
      });

      await t.step("the account may read nothing else", async () => {
        for (
          const path of [
            ...["/apis/apps/v1/deployments", "/apis/apps/v1/namespaces/other/deployments"],
            ...[
              "/api/v1/namespaces",
              "/api/v1/namespaces/other",
              "/api/v1/namespaces/shop/secrets",
            ],
          ]
        ) {
          const error = await assertRejects(
            () => call(client, "GET", path),
            ApiError,
            undefined,
            path,
          );
          assertEquals(error.status, 403, path);
        }
      });

      await t.step("a namespace whose rights go does not hold the other up", async () => {
        await cluster.ask("delete", "rolebinding", `${ACCOUNT}-reader`, "--namespace=shop");
        await server.restart();
        await waitUntil(
          "it is named",
          () => conditions.state.get("kubernetes")?.reason?.includes("in namespace shop") ?? false,
        );
        await cluster.ask("create", "job", "later", "--image=job:2", "--namespace=bank");
        await waitUntil("the other is followed", () => images().includes("job:2"));
        assertEquals(source.observe().synced, true);
      });
    } finally {
      stop.abort();
      await finished;
    }
  },
);
