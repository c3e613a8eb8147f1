import { assertEquals } from "@std/assert";
import { readControllerSettings } from "../../mod/pure/settings/controller_settings.ts";
import { realTest, reasonToSkip } from "../harness/servers/skipping.ts";
import { at, type ChartObject, render, type Rendered } from "./chart.ts";

const skip = await reasonToSkip("helm");

const ON = "gate.enabled=true";
const OWN = "startup-taint.cluster-autoscaler.kubernetes.io/warm-images-cold";

realTest("nothing of the gate is there unless it is switched on", skip, async () => {
  const rendered = await render({ set: ["gate.taints=example.com/cold"] });
  assertEquals(Object.keys(rendered.env("controller")).filter((name) => /^GATE/.test(name)), []);
  assertEquals(rightsToPatchNodes(rendered), []);
  assertEquals(rendered.names().filter((name) => name.startsWith("ValidatingAdmission")), []);
  for (const { workload, keys } of toleratedByPods(rendered)) {
    assertEquals(keys.filter((key) => key === "example.com/cold"), [], workload);
  }
});

realTest("the controller is told of the gate as values say", skip, async () => {
  assertEquals(await gateOf([ON]), {
    isOn: true,
    taints: [{ key: "warm-images/cold" }, { key: OWN }],
    condition: false,
    limitMs: 300_000,
    for: { type: "running" },
  });
  const own = ["gate.taints={a.com/b=c:NoExecute,d}", "gate.limit=90s", "gate.for=80%"];
  assertEquals(await gateOf([ON, "gate.condition=true", ...own]), {
    isOn: true,
    taints: [{ key: "a.com/b", value: "c", effect: "NoExecute" }, { key: "d" }],
    condition: true,
    limitMs: 90_000,
    for: { type: "share", share: 0.8 },
  });
});

realTest("without taints there are none for the controller either, not its own", skip, async () => {
  const gate = await gateOf([ON, "gate.taints=", "gate.condition=true"]);
  assertEquals(gate?.taints, []);
});

/** What is asked for, and what of nodes may be patched then. */
const RIGHTS: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ["taints", [], ["nodes"]],
  ["taints and the condition", ["gate.condition=true"], ["nodes", "nodes/status"]],
  ["the condition alone", ["gate.condition=true", "gate.taints="], ["nodes/status"]],
];
for (const [what, set, resources] of RIGHTS) {
  realTest(`for ${what} the controller may patch ${resources.join(" and ")}`, skip, async () => {
    assertEquals(rightsToPatchNodes(await render({ set: [ON, ...set] })), resources);
    const some = ["rbac.namespaced=true", "list.spaces={a,b}"];
    assertEquals(rightsToPatchNodes(await render({ set: [ON, ...set, ...some] })), resources);
  });
}

/** Versions of a cluster that nobody asks which kinds it has, and whether a policy comes. */
const VERSIONS: readonly (readonly [string, string, boolean])[] = [
  ["auto", "1.29.9", false],
  ["auto", "1.30.0", true],
  ["auto", "v1.31.5-gke.100", true],
  ["true", "1.29.9", true],
  ["false", "1.37.0", false],
];
for (const [value, version, comes] of VERSIONS) {
  const how = `${comes ? "a" : "no"} policy for Kubernetes ${version}`;
  realTest(`with gate.admissionPolicy ${value} there is ${how}`, skip, async () => {
    const set = [ON, `gate.admissionPolicy=${value}`];
    const { objects } = await render({ set, kubeVersion: version });
    const policies = objects.filter(({ kind }) => kind === "ValidatingAdmissionPolicy");
    assertEquals(policies.length, comes ? 1 : 0);
  });
}

realTest("every pod of the chart can start where all nodes are gated", skip, async () => {
  const pods = toleratedByPods(await render({ set: [ON, "gate.taints={a.com/b=c:NoExecute,d}"] }));
  assertEquals(pods.length, 6, "controller, agent, NATS, both Jobs of logins and the test");
  for (const { workload, keys } of pods) {
    assertEquals(["a.com/b=c", "d"].filter((key) => !keys.includes(key)), [], workload);
    assertEquals(keys.includes("a.com/b"), false, workload);
  }
});

realTest("tolerations of one's own stay beside those of the gate", skip, async () => {
  const rendered = await render({ values: "everything" });
  for (const { workload, keys } of toleratedByPods(rendered)) {
    const own = workload.startsWith("DaemonSet") ? "any" : "system";
    assertEquals(keys.includes(own), true, workload);
    assertEquals(keys.includes("example.com/cold=yes"), true, workload);
  }
});

async function gateOf(set: readonly string[]) {
  const env = (await render({ set })).env("controller");
  const outcome = readControllerSettings([], env);
  if (outcome.type !== "settings") throw new Error(JSON.stringify(outcome));
  return outcome.settings.gate;
}

/** Resources of nodes that any account of the chart may patch; it may change them by no other verb. */
function rightsToPatchNodes({ objects }: Rendered): string[] {
  const rules = objects.flatMap((object) => at(object, "rules") ?? []) as {
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
  }[];
  return rules.filter(({ resources, verbs }) =>
    resources.some((each) => /^nodes(\/|$)/.test(each)) &&
    verbs.some((verb) => !["get", "list", "watch"].includes(verb))
  ).flatMap(({ resources, verbs }) => {
    assertEquals(verbs, ["patch"]);
    return [...resources];
  });
}

/** Taints that pods tolerate whatever their effect: keys, with values where only these are. */
function toleratedByPods(
  { objects }: Rendered,
): { readonly workload: string; readonly keys: readonly string[] }[] {
  return objects.flatMap((object) => {
    const pod = podOf(object);
    if (pod === undefined) return [];
    const tolerations = (at(pod, "tolerations") ?? []) as readonly {
      readonly key?: string;
      readonly operator?: string;
      readonly value?: string;
      readonly effect?: string;
    }[];
    const keys = tolerations.filter(({ effect }) => effect === undefined)
      .map(({ key = "any", operator, value }) => operator === "Equal" ? `${key}=${value}` : key);
    return [{ workload: `${object.kind} ${object.metadata.name}`, keys }];
  });
}

function podOf(object: ChartObject): unknown {
  return object.kind === "Pod" ? object["spec"] : at(object, "spec.template.spec");
}
