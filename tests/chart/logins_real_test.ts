import { assertEquals, assertNotEquals } from "@std/assert";
import { loginNames } from "../../mod/pure/logins/login_names.ts";
import { readControllerSettings } from "../../mod/pure/settings/controller_settings.ts";
import { REPOSITORY } from "../harness/programs.ts";
import { realTest, reasonToSkip } from "../harness/servers/skipping.ts";
import {
  at,
  CHART,
  type ChartObject,
  render,
  type Rendered,
  renderText,
  valueFiles,
} from "./chart.ts";

const skip = await reasonToSkip("helm");
const BOTH = ["nats.passwords.controller=c1", "nats.passwords.agent=a1"];

for (const values of valueFiles()) {
  realTest(
    `two renders are the same, byte for byte, with the values "${values}"`,
    skip,
    async () => {
      assertEquals(await renderText({ values }), await renderText({ values }));
    },
  );
}

realTest("no template makes anything up, nor looks for logins in the cluster", skip, async () => {
  for await (const { name } of Deno.readDir(`${CHART}/templates`)) {
    const text = await Deno.readTextFile(`${CHART}/templates/${name}`);
    const found = /rand\w+|uuidv4|gen\w+(Cert|Key|CA)|lookup "v1" "Secret"/.exec(text)?.[0];
    assertEquals(found, undefined, name);
  }
});

realTest("without passwords no Secret is rendered; with both, no hook is", skip, async () => {
  const made = await render();
  assertEquals(made.names().filter((name) => name.startsWith("Secret ")), []);
  for (const given of [{ set: BOTH }, ...ownNats()]) {
    const rendered = await render(given);
    assertEquals(rendered.objects.filter((object) => !["", "test"].includes(hooksOf(object))), []);
  }
});

realTest("hooks come in order, and leave nothing", skip, async () => {
  const rendered = await render({ values: "restricted" });
  const hooks = rendered.objects.filter((object) => !["", "test"].includes(hooksOf(object)));
  const weights = (job: boolean, hook: string) =>
    hooks.filter((each) => hooksOf(each).includes(hook) && (each.kind === "Job") === job)
      .map((each) => Number(annotation(each, "helm.sh/hook-weight")));
  for (const hook of ["pre-install", "pre-upgrade", "pre-rollback", "post-delete"]) {
    assertEquals(weights(true, hook).length, 1);
    assertEquals(weights(false, hook).length, 5, "an account, and rights in two namespaces");
    assertEquals(Math.max(...weights(false, hook)) < Math.min(...weights(true, hook)), true);
  }
  assertEquals(
    [...new Set(hooks.map((each) => annotation(each, "helm.sh/hook-delete-policy")))],
    ["before-hook-creation,hook-succeeded"],
  );
});

realTest("the Jobs' program knows what it is told, and means the chart's names", skip, async () => {
  const set = ["agent.namespace=agents"];
  const rendered = await render({ set });
  for (
    const [hook, command] of [["pre-install", "make-logins"], ["post-delete", "remove-logins"]]
  ) {
    const container = at(jobOf(rendered, hook ?? ""), "spec.template.spec.containers.0");
    const env = at(container, "env") as { name: string; value: string }[];
    const outcome = readControllerSettings(
      at(container, "args") as string[],
      Object.fromEntries(env.map(({ name, value }) => [name, value])),
    );
    if (outcome.type !== "settings") throw new Error(JSON.stringify(outcome));
    const { settings } = outcome;
    assertEquals<string | undefined>(settings.command, command);
    assertEquals(settings.logins.agentNamespace, "agents");
    const { master, copy, nats } = loginNames(settings.logins.fullname);
    const workload = rendered.nats();
    assertEquals(workload.metadata.name, nats);
    assertEquals(settings.logins.workload, `${workload.kind.toLowerCase()}s`);
    assertEquals(secretsOf(workload), [master]);
    assertEquals(secretsOf(rendered.only("Deployment", "-controller")), [master]);
    assertEquals(secretsOf(rendered.only("DaemonSet")), [copy]);
  }
});

realTest(
  "a Job has another name when it does something else, as it cannot change",
  skip,
  async () => {
    const name = async (set: readonly string[]) =>
      jobOf(await render({ set }), "pre-install").metadata.name;
    assertEquals(await name([]), await name(["agent.pullParallel=9"]));
    assertNotEquals(await name([]), await name(["controller.image.tag=other"]));
    assertNotEquals(await name([]), await name(["agent.namespace=agents"]));
    const long = `fullnameOverride=${"a".repeat(60)}`;
    assertEquals((await name([long])).length <= 63, true, "names of pods' labels are no longer");
  },
);

realTest("rights are limited to names, but for creating, and to two namespaces", skip, async () => {
  const rendered = await render({ set: ["agent.namespace=agents"] });
  const roles = rendered.objects.filter(({ kind, metadata }) =>
    kind === "Role" && metadata.name.includes("-logins")
  );
  assertEquals(roles.map(({ metadata }) => metadata.namespace), [
    ...["warm-images", "agents", "warm-images", "agents"],
  ]);
  const unlimited = roles.flatMap((role) => at(role, "rules") as unknown[])
    .filter((rule) => at(rule, "resourceNames") === undefined);
  assertEquals(unlimited.map((rule) => [at(rule, "resources"), at(rule, "verbs")]), [
    [["secrets"], ["create"]],
    [["secrets"], ["create"]],
  ]);
  const cluster = rendered.objects.filter(({ kind }) => kind.startsWith("ClusterRole"));
  assertEquals(cluster.map(({ metadata }) => metadata.name), [
    "wi-warm-images-controller",
    "wi-warm-images-controller",
  ]);
});

realTest(
  "NATS is restarted by a render when given passwords change, and not else",
  skip,
  async () => {
    const annotations = async (set: readonly string[]) =>
      at((await render({ set })).nats(), "spec.template.metadata.annotations");
    assertEquals(await annotations(BOTH), await annotations([...BOTH, "logLevel=debug"]));
    assertNotEquals(
      await annotations(BOTH),
      await annotations([...BOTH, "nats.passwords.agent=a2"]),
    );
  },
);

realTest("chart 0.1.0 is kept, for upgrades from it", skip, async () => {
  const text = await Deno.readTextFile(
    `${REPOSITORY}tests/e2e/earlier/warm-images-0.1.0/Chart.yaml`,
  );
  assertEquals(/^version: (.*)$/m.exec(text)?.[1], "0.1.0");
});

function ownNats() {
  return valueFiles().filter((name) => name.startsWith("own_nats")).map((values) => ({ values }));
}

function hooksOf(object: ChartObject): string {
  return annotation(object, "helm.sh/hook") ?? "";
}

function annotation(object: ChartObject, name: string): string | undefined {
  const annotations = at(object, "metadata.annotations");
  return (annotations as Record<string, string> | undefined)?.[name];
}

function jobOf(rendered: Rendered, hook: string): ChartObject {
  const [job] = rendered.objects.filter((each) =>
    each.kind === "Job" && hooksOf(each).includes(hook)
  );
  if (job === undefined) throw new Error(`No Job for ${hook}`);
  return job;
}

/** The Secrets that a workload's pods need. */
function secretsOf(workload: ChartObject): string[] {
  const volumes = at(workload, "spec.template.spec.volumes") as unknown[];
  const sources = volumes.flatMap((volume) => (at(volume, "projected.sources") ?? []) as unknown[]);
  const names = sources.map((source) => at(source, "secret.name"));
  return [...new Set(names.filter((name) => typeof name === "string"))];
}
