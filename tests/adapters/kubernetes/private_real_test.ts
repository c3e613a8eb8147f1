// Pull secrets of ServiceAccounts and marks of namespaces, as a real API server has them.
import { assertEquals } from "@std/assert";
import { openKubernetes } from "../../../mod/adapters/kubernetes/client.ts";
import { kubernetesSource } from "../../../mod/adapters/kubernetes/source.ts";
import { KindChoice } from "../../../mod/pure/objects/kind_choice.ts";
import { WantsFold } from "../../../mod/pure/wants/wants_fold.ts";
import {
  recordingConditions,
  recordingLogger,
  recordingMetrics,
} from "../../harness/fakes/quiet.ts";
import { SAMPLE_RULES } from "../../harness/fakes/sample_values.ts";
import { seenBy } from "../../harness/fakes/seen.ts";
import { call, createAccount } from "../../harness/servers/api_objects.ts";
import { grantReading } from "../../harness/servers/api_rights.ts";
import { type ApiServer, startApiServer } from "../../harness/servers/api_server.ts";
import { apiServerMissing } from "../../harness/servers/api_server_or_reason.ts";
import { waitUntil } from "../../harness/wait.ts";

const missing = await apiServerMissing();
const KINDS = ["Deployment", "Pod"];
const SHOP = "/api/v1/namespaces/shop";
const ACCOUNTS = `${SHOP}/serviceaccounts`;

Deno.test({
  name: `private images follow a real API server${missing ? ` [skipped: ${missing}]` : ""}`,
  ignore: missing !== undefined,
}, async (t) => {
  await using server = await startApiServer({ admitsAccounts: true });
  const { admin } = server;
  const token = await createAccount(admin, "reader");
  await call(admin, "POST", "/api/v1/namespaces", {
    ...{ apiVersion: "v1", kind: "Namespace" },
    metadata: { name: "shop", annotations: { "warm-images/private": "bytes" } },
  });
  await call(admin, "POST", ACCOUNTS, account("default", ["of-all"]));
  await call(admin, "POST", ACCOUNTS, account("robot", ["a", "b"]));
  await call(admin, "POST", ACCOUNTS, account("plain", []));

  await t.step("templates ask as the API server makes their pods ask", async () => {
    await using followed = follow(server, server.adminKubeconfig);
    for (const [name, pod] of Object.entries(PODS)) {
      await call(admin, "POST", "/apis/apps/v1/namespaces/shop/deployments", deployment(name, pod));
      await call(admin, "POST", `${SHOP}/pods`, {
        ...{ apiVersion: "v1", kind: "Pod", metadata: { name }, spec: specOf(`pod-${name}`, pod) },
      });
    }
    const count = Object.keys(PODS).length;
    await waitUntil("all are seen", () => seenBy(followed.source).workloads.length === 2 * count);
    const secretsOf = (image: string) =>
      followed.fold().images.get(`reg.example/${image}:1`)?.private?.flatMap(({ secrets }) =>
        secrets.map(({ name }) => name)
      );
    for (const name of Object.keys(PODS)) {
      assertEquals(secretsOf(name), secretsOf(`pod-${name}`), name);
    }
    assertEquals(Object.keys(PODS).map((name) => secretsOf(name)), [
      ...[["of-all"], ["a", "b"], ["a", "b"], [], ["own"], [], ["own"]],
    ]);
  });

  await t.step("a mark, an account and a namespace that change count at once", async () => {
    await using followed = follow(server, server.adminKubeconfig);
    await waitUntil("it is in sync", () => followed.source.observe().synced);
    const told = () => {
      const { images, withheld } = followed.fold();
      const image = images.get("reg.example/default:1");
      if (image === undefined) return withheld.has("reg.example/default:1") ? "off" : "gone";
      return image.private?.map(({ secrets }) => secrets.map(({ name }) => name)).join() ?? "none";
    };
    assertEquals(told(), "of-all");
    await call(admin, "PUT", `${ACCOUNTS}/default`, account("default", ["other"]));
    await waitUntil("the other secret is known", () => told() === "other");
    await call(admin, "PUT", SHOP, { ...SPACE, metadata: { name: "shop" } });
    await waitUntil("it is off", () => told() === "off");
    await call(admin, "DELETE", `${ACCOUNTS}/default`);
    await waitUntil("it asks as a public one", () => told() === "none");
  });

  await t.step(
    "who may not read ServiceAccounts is told, and everything else goes on",
    async () => {
      await grantReading(admin, "reader", "most", [
        "/namespaces",
        "/nodes",
        "/pods",
        "apps/deployments",
      ]);
      await using followed = follow(server, await server.kubeconfigFor("reader", { token }));
      await waitUntil("it is in sync", () => followed.source.observe().synced);
      const told =
        "Cannot list serviceaccounts in all namespaces: grant the verbs get, list and watch";
      const note = `${told}; until then pods alone show the pull secrets of accounts`;
      await waitUntil("it is told", () => followed.conditions.notes.get("accounts") === note);
      await waitUntil(
        "all is well",
        () => followed.conditions.state.get("kubernetes")?.holds ?? false,
      );
      assertEquals(
        followed.logger.lines.filter(({ message }) => message === told).length,
        1,
      );
      assertEquals(followed.fold().images.has("reg.example/robot:1"), true);
      await grantReading(admin, "reader", "accounts", ["/serviceaccounts"]);
      await waitUntil("it is read", () => seenBy(followed.source).serviceAccounts.length === 1);
      await waitUntil(
        "nothing is told",
        () => followed.conditions.notes.get("accounts") === undefined,
      );
    },
  );
});

type Raw = Record<string, unknown>;

const SPACE = { apiVersion: "v1", kind: "Namespace" };
const by = (...names: readonly string[]) => ({ imagePullSecrets: names.map((name) => ({ name })) });

/** By what the image is called that they ask for. */
const PODS: Readonly<Record<string, Raw>> = {
  default: {},
  robot: { serviceAccountName: "robot" },
  former: { serviceAccount: "robot" },
  plain: { serviceAccountName: "plain" },
  own: by("own"),
  empty: by(""),
  both: { ...by("own"), serviceAccountName: "robot" },
};

function account(name: string, secrets: readonly string[]): Raw {
  const imagePullSecrets = secrets.map((name) => ({ name }));
  return { apiVersion: "v1", kind: "ServiceAccount", metadata: { name }, imagePullSecrets };
}

function specOf(image: string, pod: Raw): Raw {
  return { containers: [{ name: "main", image: `reg.example/${image}:1` }], ...pod };
}

function deployment(name: string, pod: Raw): Raw {
  const template = { metadata: { labels: { app: name } }, spec: specOf(name, pod) };
  return {
    ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name } },
    spec: { selector: { matchLabels: { app: name } }, template },
  };
}

function follow(server: ApiServer, kubeconfig: string) {
  const [logger, conditions, metrics] = [
    recordingLogger(),
    recordingConditions(),
    recordingMetrics(),
  ];
  const client = openKubernetes({ kubeconfig, logger });
  const tuning = { refusedMs: 500, backoff: { baseMs: 100, maxMs: 1000 } };
  const kinds = new KindChoice(KINDS);
  const source = kubernetesSource(client, { kinds, logger, conditions, metrics, tuning });
  const stop = new AbortController();
  const finished = source.follow({ signal: stop.signal, changed: () => {} });
  const fold = new WantsFold(SAMPLE_RULES, 0);
  return {
    ...{ server, source, logger, conditions },
    fold: () =>
      fold.fold({ kinds: new Set(KINDS), seen: seenBy(source), nowMs: 0, wallMs: Date.now() }),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await finished;
      client[Symbol.dispose]();
    },
  };
}
