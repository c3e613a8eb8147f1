// Tokens that a real API server has signed, and Secrets that it guards.
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { systemClock } from "../../../mod/adapters/clock.ts";
import { type KubernetesClient, openKubernetes } from "../../../mod/adapters/kubernetes/client.ts";
import { kubernetesPullSecrets } from "../../../mod/adapters/kubernetes/pull_secrets.ts";
import { kubernetesNodeTokens } from "../../../mod/adapters/kubernetes/token_keys.ts";
import { fieldsOf, textOf } from "../../../mod/pure/objects/raw_value.ts";
import { recordingLogger } from "../../harness/fakes/quiet.ts";
import { call, createAccount } from "../../harness/servers/api_objects.ts";
import { grant } from "../../harness/servers/api_rights.ts";
import { startApiServer } from "../../harness/servers/api_server.ts";
import { apiServerMissing } from "../../harness/servers/api_server_or_reason.ts";
import { realTest } from "../../harness/servers/skipping.ts";
import { never } from "../../harness/signals.ts";

const DEFAULT = "/api/v1/namespaces/default";
const ACCOUNT = "default/agents";
const HOUR_MS = 3_600_000;
const signal = never();

realTest(
  "a token proves the node of its pod, and nothing else",
  await apiServerMissing(),
  async (t) => {
    await using server = await startApiServer();
    const { admin } = server;
    for (const name of ["agents", "others"]) await createAccount(admin, name);
    const controller = await createAccount(admin, "controller");
    const kubeconfig = await server.kubeconfigFor("controller", { token: controller });
    using client = openKubernetes({ kubeconfig, logger: recordingLogger() });
    const uid = await nodeWithPods(admin);
    const tokensAt = (aheadMs: number, account: string | undefined = ACCOUNT) =>
      kubernetesNodeTokens(client, {
        account,
        clock: systemClock,
        serverClock: { wallMs: () => Date.now() + aheadMs },
      });
    const faultOf = async (token: string, tokens = tokensAt(0)) => {
      const proven = await tokens.verify(token, { use: "logins", signal });
      return "fault" in proven ? proven.fault : `it proves ${proven.name}`;
    };

    await t.step(
      "by the rights that every account has, its node is known by name and uid",
      async () => {
        const proven = await tokensAt(0).verify(await tokenIn(admin, "agents"), {
          use: "logins",
          signal,
        });
        assert(!("fault" in proven), JSON.stringify(proven));
        assertEquals([proven.name, proven.uid], ["worker-1", uid]);
        assert(Math.abs(proven.untilMs - Date.now() - HOUR_MS) < 60_000);
      },
    );

    await t.step(
      "tokens of another account, for the API server, or of no pod prove nothing",
      async () => {
        assertStringIncludes(await faultOf(await tokenIn(admin, "others")), "default:others");
        assertStringIncludes(await faultOf(await tokenIn(admin, "agents", null)), "audience");
        assertStringIncludes(await faultOf(controller), "name a node");
      },
    );

    await t.step("one that is over proves nothing, by the API server's clock", async () => {
      assertEquals(
        await faultOf(await tokenIn(admin, "agents"), tokensAt(2 * HOUR_MS)),
        "it has expired",
      );
    });

    await t.step("one that was changed, or signed by somebody else, proves nothing", async () => {
      const [head = "", claims = "", signature = ""] = (await tokenIn(admin, "agents")).split(".");
      const other = claims.slice(0, -4) + (claims.endsWith("AAAA") ? "BBBB" : "AAAA");
      assertEquals(
        await faultOf(`${head}.${other}.${signature}`),
        "its signature is not the cluster's",
      );
      const kid = textOf(fieldsOf(JSON.parse(atob(head)))["kid"]);
      for (const alg of ["none", "HS256"]) {
        const forged = btoa(JSON.stringify({ alg, kid })).replace(/=+$/, "");
        const fault = await faultOf(`${forged}.${claims}.${alg === "none" ? "" : signature}`);
        assert(/not allowed|no token/.test(fault), fault);
      }
      const stranger = btoa(JSON.stringify({ alg: "RS256", kid: "stranger" })).replace(/=+$/, "");
      assertEquals(
        await faultOf(`${stranger}.${claims}.${signature}`),
        "none of the cluster's keys has signed it",
      );
      for (const garbage of ["", "a.b.c", "garbage", "x".repeat(100_000)]) {
        assertStringIncludes(await faultOf(garbage), "it is no token");
      }
    });

    await t.step("without an account of the agents nothing is proven", async () => {
      const tokens = kubernetesNodeTokens(client, {
        account: undefined,
        clock: systemClock,
        serverClock: systemClock,
      });
      assertStringIncludes(
        await faultOf(await tokenIn(admin, "agents"), tokens),
        "--agent-account",
      );
    });
  },
);

realTest(
  "Secrets are read by name, where a Role allows it",
  await apiServerMissing(),
  async (t) => {
    await using server = await startApiServer();
    const { admin } = server;
    const token = await createAccount(admin, "controller");
    const kubeconfig = await server.kubeconfigFor("controller", { token });
    using client = openKubernetes({ kubeconfig, logger: recordingLogger() });
    const secrets = kubernetesPullSecrets(client);
    const read = (name: string) => secrets.read({ namespace: "default", name }, { signal });
    const config = JSON.stringify({ auths: { "reg.lab": { auth: btoa("a:canary-31") } } });
    await secret(admin, "regcred", "kubernetes.io/dockerconfigjson", {
      ".dockerconfigjson": config,
    });
    await secret(admin, "old", "kubernetes.io/dockercfg", { ".dockercfg": "{}" });
    await secret(admin, "opaque", "Opaque", { password: "canary-31" });

    await t.step("without the right it says which Role to make", async () => {
      const refused = await read("regcred");
      assert(refused.result === "none");
      assertStringIncludes(
        refused.right ?? "",
        "create role warm-images-regcred --verb get --resource secrets --resource-name regcred",
      );
      assertStringIncludes(refused.right ?? "", "--serviceaccount default:controller");
    });

    await t.step("with it, the Secrets of both types are read, and no others", async () => {
      const resourceNames = ["regcred", "old", "opaque", "gone"];
      await grant(admin, "controller", {
        name: "pull-secrets",
        namespace: "default",
        rules: [{ apiGroups: [""], resources: ["secrets"], resourceNames, verbs: ["get"] }],
      });
      const found = await read("regcred");
      assert(found.result === "found");
      assertEquals(found.config.reveal(), config);
      assertEquals((await read("old")).result, "found");
      const opaque = await read("opaque");
      assert(opaque.result === "none");
      assertStringIncludes(opaque.why, 'its type is "Opaque"');
      const gone = await read("gone");
      assertEquals(gone, { result: "none", why: "there is no such Secret" });
      assertEquals(Deno.inspect([found, opaque]).includes("canary"), false);
    });

    await t.step("a Secret that was changed has another version", async () => {
      const before = await read("regcred");
      await call(admin, "PATCH", `${DEFAULT}/secrets/regcred`, { data: { other: btoa("x") } });
      const after = await read("regcred");
      assert(before.result === "found" && after.result === "found");
      assert(before.version !== after.version);
    });
  },
);

/** A Node, and a Pod of each account on it; returns the Node's uid. */
async function nodeWithPods(admin: KubernetesClient): Promise<string> {
  const node = await call(admin, "POST", "/api/v1/nodes", {
    ...{ apiVersion: "v1", kind: "Node", metadata: { name: "worker-1" } },
  });
  for (const name of ["agents", "others"]) {
    await call(admin, "POST", `${DEFAULT}/pods`, {
      ...{ apiVersion: "v1", kind: "Pod", metadata: { name } },
      spec: {
        serviceAccountName: name,
        nodeName: "worker-1",
        containers: [{ name: "main", image: "reg.lab/agent:1" }],
      },
    });
  }
  return textOf(fieldsOf(fieldsOf(node)["metadata"])["uid"]) ?? "";
}

/** A token as kubelet has it made for a pod; `null`: for the API server itself. */
async function tokenIn(
  admin: KubernetesClient,
  account: string,
  audience: string | null = "warm-images",
): Promise<string> {
  const pod = await call(admin, "GET", `${DEFAULT}/pods/${account}`);
  const uid = textOf(fieldsOf(fieldsOf(pod)["metadata"])["uid"]);
  const answer = await call(admin, "POST", `${DEFAULT}/serviceaccounts/${account}/token`, {
    ...{ apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest" },
    spec: {
      expirationSeconds: 3600,
      boundObjectRef: { apiVersion: "v1", kind: "Pod", name: account, uid },
      ...audience !== null && { audiences: [audience] },
    },
  });
  return textOf(fieldsOf(fieldsOf(answer)["status"])["token"]) ?? "";
}

async function secret(
  admin: KubernetesClient,
  name: string,
  type: string,
  stringData: Readonly<Record<string, string>>,
): Promise<void> {
  await call(admin, "POST", `${DEFAULT}/secrets`, {
    ...{ apiVersion: "v1", kind: "Secret", metadata: { name }, type, stringData },
  });
}
