import { assert, assertEquals } from "@std/assert";
import { type KubernetesClient, openKubernetes } from "../../../mod/adapters/kubernetes/client.ts";
import { kubernetesSource } from "../../../mod/adapters/kubernetes/source.ts";
import type { WantsSource } from "../../../mod/ports/wants_source.ts";
import { KindChoice } from "../../../mod/pure/objects/kind_choice.ts";
import { kindNameOf } from "../../../mod/pure/objects/kinds.ts";
import { seenObjects } from "../../../mod/pure/wants/seen_objects.ts";
import {
  recordingConditions,
  recordingLogger,
  recordingMetrics,
} from "../../harness/fakes/quiet.ts";
import { call, createAccount } from "../../harness/servers/api_objects.ts";
import { grantReading } from "../../harness/servers/api_rights.ts";
import { startApiServer } from "../../harness/servers/api_server.ts";
import { apiServerMissing } from "../../harness/servers/api_server_or_reason.ts";
import { createDefinition, type Definition } from "../../harness/servers/definitions.ts";
import { waitUntil } from "../../harness/wait.ts";

const missing = await apiServerMissing();
const skipped = missing === undefined ? "" : ` [skipped: ${missing}]`;

/** Kinds with a pod template of their own, in groups that several of them share. */
const KINDS: readonly Definition[] = [
  { group: "argoproj.io", version: "v1alpha1", kind: "Rollout", plural: "rollouts" },
  { group: "apps.kruise.io", version: "v1alpha1", kind: "CloneSet", plural: "clonesets" },
  { group: "serving.knative.dev", version: "v1", kind: "Service", plural: "services" },
  { group: "batch.volcano.sh", version: "v1alpha1", kind: "Job", plural: "jobs" },
  { group: "agents.x-k8s.io", version: "v1alpha1", kind: "Sandbox", plural: "sandboxes" },
  { group: "example.com", version: "v1beta1", kind: "Machine", plural: "machines" },
];
const WORDS = KINDS.map(({ plural, group }) => `${plural}.${group}`);

Deno.test({
  name: `kinds come, change and go while a real API server is followed${skipped}`,
  ignore: missing !== undefined,
}, async (t) => {
  await using server = await startApiServer();
  const { admin } = server;
  await using followed = follow(server.adminKubeconfig, ["Deployment", ...WORDS]);
  const { source, conditions, logger } = followed;

  await t.step("without any of them it is in sync, and says once which are not there", async () => {
    await waitUntil("it is in sync", () => source.observe().synced);
    assertEquals(conditions.state.get("kubernetes"), { holds: true });
    const told = logger.lines.filter(({ message }) => message.includes("not served"));
    assertEquals(told.map(({ level, fields }) => [level, fields["kinds"]]), [
      ["info", WORDS.join(" ")],
    ]);
    assertEquals(source.observe().unread.size, 0);
  });

  await t.step("each is followed once its definition is there", async () => {
    for (const kind of KINDS) await createDefinition(admin, kind);
    for (const kind of KINDS) {
      await put(admin, kind, "first", "nginx:1");
      await waitUntil(
        `${kind.kind} is known`,
        () => images(source).includes(`${kind.group} nginx:1`),
      );
    }
    assertEquals(conditions.state.get("kubernetes"), { holds: true });
  });

  await t.step("their objects' images change and go", async () => {
    for (const kind of KINDS) await put(admin, kind, "first", "nginx:2");
    await waitUntil("all changed", () => images(source).every((image) => image.endsWith(":2")));
    const [rollout, cloneSet] = KINDS;
    assert(rollout && cloneSet);
    await call(admin, "DELETE", `${pathOf(rollout)}/first`);
    await waitUntil("one is gone", () => images(source).length === KINDS.length - 1);
    await put(admin, rollout, "first", "nginx:2");
    await waitUntil("it is back", () => images(source).length === KINDS.length);
  });

  await t.step(
    "one that the server prefers in a new version is listed in that, without a gap",
    async () => {
      const machine = KINDS.at(-1);
      assert(machine);
      const gaps: string[] = [];
      followed.onChange = (cause) => {
        if (!images(source).some((image) => image.startsWith("example.com"))) gaps.push(cause);
      };
      await createDefinition(admin, { ...machine, version: "v1", older: ["v1beta1"] });
      await waitUntil(
        "it is read in v1",
        () =>
          logger.lines.some(({ message, fields }) =>
            message === "Kind is served in another version" && fields["to"] === "example.com/v1"
          ),
      );
      await put(admin, { ...machine, version: "v1" }, "second", "nginx:3");
      await waitUntil(
        "what came after is known",
        () => images(source).includes("example.com nginx:3"),
      );
      assert(images(source).includes("example.com nginx:2"));
      assertEquals(gaps, []);
      await call(admin, "DELETE", `${pathOf({ ...machine, version: "v1" })}/second`);
    },
  );

  await t.step("one whose definition is deleted is gone, and disturbs nothing", async () => {
    const [rollout, ...others] = KINDS;
    assert(rollout);
    await call(admin, "DELETE", `${DEFINITIONS}/rollouts.argoproj.io`);
    await waitUntil("it is not followed", () => !source.observe().kinds.has("Rollout"));
    await waitUntil("its wants are gone", () => images(source).length === others.length);
    assertEquals(source.observe().unread.size, 0);
    assertEquals(conditions.state.get("kubernetes"), { holds: true });
    assertEquals(warnings(followed), []);
  });

  await t.step("one that comes back is followed again", async () => {
    const [rollout] = KINDS;
    assert(rollout);
    await createDefinition(admin, rollout);
    await put(admin, rollout, "again", "nginx:9");
    await waitUntil("it is known", () => images(source).includes("argoproj.io nginx:9"));
  });
});

Deno.test({
  name: `an account may follow kinds without seeing their definitions${skipped}`,
  ignore: missing !== undefined,
}, async (t) => {
  await using server = await startApiServer();
  const { admin } = server;
  const token = await createAccount(admin, "reader");
  const [rollout, cloneSet] = KINDS;
  assert(rollout && cloneSet);
  await grantReading(admin, "reader", "most", [
    ...["/namespaces", "/nodes", "apps/deployments", "argoproj.io/rollouts"],
    "/configmaps",
  ]);
  const kubeconfig = await server.kubeconfigFor("reader", { token });
  await createDefinition(admin, { ...cloneSet, hasTemplate: true });
  await put(admin, cloneSet, "one", "nginx:1");
  await put(admin, cloneSet, "two", "nginx:1");
  await using followed = follow(kubeconfig, ["Deployment", "Rollout", "ConfigMap"], {
    everyMs: 1_000,
  });
  const { source, conditions } = followed;

  await t.step("classes that it may not read hold nothing up, and are said in a note", async () => {
    await waitUntil("it is in sync", () => source.observe().synced);
    assertEquals(conditions.state.get("kubernetes"), { holds: true });
    assert(conditions.notes.get("classes")?.includes("Cannot list"));
    assertEquals(source.observe().unread.size, 0);
    assertEquals(warnings(followed).filter((line) => line.includes("priorityclasses")).length, 1);
  });

  await t.step("a kind that comes is found by asking again", async () => {
    await createDefinition(admin, rollout);
    await put(admin, rollout, "first", "nginx:1");
    await waitUntil("it is known", () => images(source).includes("argoproj.io nginx:1"));
    assertEquals(warnings(followed).filter((line) => line.includes("definition")), []);
  });

  await t.step(
    "what is not followed is told, without a count where that may not be known",
    async () => {
      await waitUntil("it is told", () => conditions.notes.has("kinds"));
      assertEquals(
        conditions.notes.get("kinds"),
        "Objects of kinds that are not followed name images: CloneSet; add them to --kinds",
      );
      await using counted = follow(server.adminKubeconfig, ["Deployment"]);
      await waitUntil("it is counted", () => counted.source.observe().notFollowed !== undefined);
      assertEquals(counted.source.observe().notFollowed, [
        { kind: "CloneSet", count: 2 },
      ]);
    },
  );

  await t.step("a list counts while it has its label", async () => {
    const path = "/api/v1/namespaces/default/configmaps";
    const labels = { "warm-images/list": "true" };
    const data = { images: "nginx:7" };
    await call(admin, "POST", path, { metadata: { name: "list", labels }, data });
    await waitUntil("it is known", () => images(source).includes("ConfigMap nginx:7"));
    const none = { "warm-images/list": null };
    await call(admin, "PATCH", `${path}/list`, { metadata: { labels: none } });
    await waitUntil("it counts no more", () => !images(source).includes("ConfigMap nginx:7"));
  });
});

const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

interface Followed extends AsyncDisposable {
  readonly source: WantsSource;
  readonly logger: ReturnType<typeof recordingLogger>;
  readonly conditions: ReturnType<typeof recordingConditions>;
  onChange: (cause: string) => void;
}

function follow(
  kubeconfig: string,
  words: readonly string[],
  times: { readonly everyMs?: number } = {},
): Followed {
  const [logger, conditions, metrics] = [
    recordingLogger(),
    recordingConditions(),
    recordingMetrics(),
  ];
  const client = openKubernetes({ kubeconfig, logger });
  const tuning = { refusedMs: 500, backoff: { baseMs: 100, maxMs: 1000 } };
  const source = kubernetesSource(client, {
    kinds: new KindChoice(words),
    keepRevisions: 1,
    ...{ logger, conditions, metrics, tuning, times },
  });
  const stop = new AbortController();
  const followed = { source, logger, conditions, onChange: (_cause: string) => {} };
  const finished = source.follow({
    signal: stop.signal,
    changed: (cause) => followed.onChange(cause),
  });
  return Object.assign(followed, {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await finished;
      client[Symbol.dispose]();
    },
  });
}

/** What is wanted, each with the group of the kind that wants it. */
function images(source: WantsSource): string[] {
  const { workloads } = seenObjects(source.observe().records);
  return workloads.flatMap(({ kind, shapes }) =>
    shapes.flatMap(({ wants }) => wants.map(({ written }) => `${groupNamed(kind)} ${written}`))
  ).sort();
}

/** The group of a kind that the test has defined, of others the name. */
function groupNamed(name: string): string {
  return KINDS.find((kind) => kindNameOf(kind) === name)?.group ?? name;
}

function warnings({ logger }: Followed): string[] {
  return logger.lines.filter(({ level }) => level === "warn" || level === "error")
    .map(({ message, fields }) => `${message} ${JSON.stringify(fields)}`);
}

function pathOf({ group, version, plural }: Definition): string {
  return `/apis/${group}/${version}/namespaces/default/${plural}`;
}

/** Creates an object with a pod template, or gives it another image. */
async function put(
  client: KubernetesClient,
  definition: Definition,
  name: string,
  image: string,
): Promise<void> {
  const { group, version, kind } = definition;
  const path = pathOf(definition);
  const template = { spec: { containers: [{ name: "main", image }] } };
  const object = {
    apiVersion: `${group}/${version}`,
    kind,
    metadata: { name },
    spec: kind === "Job" ? { tasks: [{ name: "main", template }] } : { template },
  };
  const change = call(client, "PATCH", `${path}/${name}`, { spec: object.spec });
  await change.catch(() => call(client, "POST", path, object));
}
