import { assertEquals, assertStringIncludes } from "@std/assert";
import { type CommandResult, runCommand } from "../harness/commands.ts";
import { sourceCommand } from "../harness/programs.ts";
import { type ApiServer, startApiServer } from "../harness/servers/api_server.ts";
import { reasonToSkip } from "../harness/servers/skipping.ts";
import { at, CHART, type ChartObject, render, type Rendered } from "./chart.ts";
import { Cluster } from "./installed.ts";

const skip = await reasonToSkip("helm", "kubectl", "etcd", "kube-apiserver");
const MASTER = "wi-warm-images-nats-logins";
const COPY = "wi-warm-images-agent-login";

Deno.test({
  name: `logins, made with the rights that the chart gives${skip ? ` [skipped: ${skip}]` : ""}`,
  ignore: skip !== undefined,
}, async (t) => {
  await using server = await startApiServer();
  const lab = new Lab(server);
  for (const namespace of ["warm-images", "agents"]) {
    await lab.cluster.ask("create", "namespace", namespace);
  }
  let first = "";

  await t.step("made where there are none, and no second time", async () => {
    await lab.run("pre-install");
    first = await lab.password("warm-images", COPY, "password");
    assertEquals(first, await lab.password("warm-images", MASTER, "agent"));
    const before = await lab.versions();
    assertStringIncludes((await lab.run("pre-install")).stderr, "All logins are there");
    assertEquals(await lab.versions(), before);
  });

  await t.step("no password is in what it logs", async () => {
    const { stdout, stderr } = await lab.run("pre-install");
    assertEquals((stdout + stderr).includes(first), false);
  });

  await t.step("agents that move have their password in their new namespace", async () => {
    await lab.run("pre-install", ["agent.namespace=agents"]);
    assertEquals(await lab.password("agents", COPY, "password"), first);
  });

  await t.step("a lost Secret of the agents comes back with the same password", async () => {
    await lab.cluster.ask("delete", "secret", COPY, "--namespace=warm-images");
    await lab.run("pre-install");
    assertEquals(await lab.password("warm-images", COPY, "password"), first);
  });

  await t.step("while NATS is installed, nothing is removed", async () => {
    await lab.apply(lab.rendered.nats());
    assertStringIncludes((await lab.run("post-delete")).stderr, "NATS is still installed");
    assertEquals(await lab.password("warm-images", COPY, "password"), first);
  });

  await t.step("with another login NATS gets new pods, once", async () => {
    await lab.run("pre-install");
    assertEquals(await lab.natsRevision(), "");
    await lab.cluster.ask("delete", "secret", MASTER, "--namespace=warm-images");
    await lab.run("pre-install");
    const revision = await lab.natsRevision();
    assertEquals(revision.length, 8);
    assertEquals(await lab.password("warm-images", MASTER, "agent"), first, "the agents' is kept");
    await lab.run("pre-install");
    assertEquals(await lab.natsRevision(), revision);
    await lab.apply(lab.rendered.nats()); // as the next upgrade does
    assertEquals(await lab.natsRevision(), revision);
  });

  await t.step("a namespace that is not there is named", async () => {
    const set = ["agent.namespace=agents"];
    const { kubeconfig } = await lab.account("pre-install", set);
    const flags = ["make-logins", "--logins-for=other", "--agent-namespace=nowhere"];
    const admin = await lab.runAs(server.adminKubeconfig, flags);
    assertEquals(admin.code, 1);
    assertStringIncludes(admin.stderr, 'Namespace \\"nowhere\\" does not exist');
    const { stderr } = await lab.runAs(kubeconfig, ["make-logins", "--logins-for=other"], 5000);
    assertStringIncludes(stderr, "answered 403");
  });

  await t.step("an install for a namespace that is not there says so, at once", async () => {
    const { code, stderr } = await lab.cluster.helm(
      ...["install", "two", CHART, "--namespace=warm-images"],
      ...["--set", "agent.namespace=nowhere"],
    );
    assertEquals(code, 1);
    assertStringIncludes(stderr, 'namespaces "nowhere" not found');
  });

  await t.step("after the last of them, nothing is left", async () => {
    await lab.cluster.ask("delete", lab.nats(), "--namespace=warm-images");
    await lab.run("post-delete", ["agent.namespace=agents"]);
    const left = await lab.cluster.ask("get", "secrets", "--all-namespaces", "--output=name");
    assertEquals(left.split("\n").filter((name) => name.includes("wi-warm-images")), []);
    assertStringIncludes((await lab.run("post-delete")).stderr, "Removed the logins");
  });
});

/** Carries out hooks as a cluster would: their account's rights, and what their Job runs. */
class Lab {
  readonly cluster: Cluster;
  readonly #server: ApiServer;
  #rendered: Rendered | undefined;

  constructor(server: ApiServer) {
    this.#server = server;
    this.cluster = new Cluster(server);
  }

  /** The chart as it was last rendered. */
  get rendered(): Rendered {
    if (this.#rendered === undefined) throw new Error("No hook was run yet");
    return this.#rendered;
  }

  /** Runs what the Job of a hook runs. Throws when it fails. */
  async run(hook: string, set: readonly string[] = []): Promise<CommandResult> {
    const { kubeconfig, job } = await this.account(hook, set);
    const container = at(job, "spec.template.spec.containers.0");
    const env = at(container, "env") as { name: string; value: string }[];
    const variables = Object.fromEntries(env.map(({ name, value }) => [name, value]));
    const [command, args] = sourceCommand("controller", [
      ...at(container, "args") as string[],
      ...["--kubeconfig", kubeconfig],
    ]);
    const result = await runCommand(command, args, { env: variables });
    if (result.code !== 0) throw new Error(result.stderr);
    return result;
  }

  /** Runs the program with flags of the test's own; with a time, until then at most. */
  async runAs(kubeconfig: string, flags: string[], ms?: number): Promise<CommandResult> {
    const [command, args] = sourceCommand("controller", [...flags, "--kubeconfig", kubeconfig]);
    return ms === undefined
      ? await runCommand(command, args)
      : await runCommand("timeout", [`${ms / 1000}`, command, ...args]);
  }

  /** Gives the hook's account its rights alone. */
  async account(hook: string, set: readonly string[]) {
    this.#rendered = await render({ set });
    const objects = this.#rendered.objects.filter((object) =>
      String(at(object, "metadata.annotations")?.["helm.sh/hook" as never]).includes(hook)
    );
    const job = objects.find(({ kind }) => kind === "Job");
    if (job === undefined) throw new Error(`No Job for ${hook}`);
    await this.apply(...objects.filter(({ kind }) => kind !== "Job"));
    const account = String(at(job, "spec.template.spec.serviceAccountName"));
    const token = await this.cluster.ask("create", "token", account, "--namespace=warm-images");
    const kubeconfig = await this.#server.kubeconfigFor(account, { token: token.trim() });
    const config = JSON.parse(await Deno.readTextFile(kubeconfig));
    config.contexts[0].context.namespace = "warm-images";
    await Deno.writeTextFile(kubeconfig, JSON.stringify(config));
    return { kubeconfig, job };
  }

  async apply(...objects: readonly ChartObject[]): Promise<void> {
    const list = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
    const { code, stderr } = await this.cluster.kubectl(["apply"], list);
    if (code !== 0) throw new Error(stderr);
  }

  async password(namespace: string, secret: string, key: string): Promise<string> {
    const path = `--output=jsonpath={.data.${key}}`;
    return atob(await this.cluster.ask("get", "secret", secret, `--namespace=${namespace}`, path));
  }

  async versions(): Promise<string> {
    const path = "--output=jsonpath={.items[*].metadata.resourceVersion}";
    return await this.cluster.ask("get", "secrets", "--namespace=warm-images", path);
  }

  /** NATS as kubectl names it. */
  nats(): string {
    const { kind, metadata } = this.rendered.nats();
    return `${kind}/${metadata.name}`;
  }

  async natsRevision(): Promise<string> {
    const path = "{.spec.template.metadata.annotations.warm-images/logins}";
    return await this.cluster.ask(
      ...["get", this.nats(), "--namespace=warm-images"],
      `--output=jsonpath=${path}`,
    );
  }
}
