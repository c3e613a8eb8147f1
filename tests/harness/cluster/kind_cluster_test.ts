import { assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { type CommandResult, runCommand } from "../commands.ts";
import { readImageSource } from "../images/image_source.ts";
import { REPOSITORY } from "../programs.ts";
import { inheritedFlags } from "../../../mod/build/offline_flags.ts";
import { KIND_NODE_IMAGES, kindConfig } from "./kind_config.ts";
import { makeStandIns, type StandIns } from "./kind_stand_ins.ts";

const DOCKER_THERE = "docker version --format {{.Server.Version}}";
const DEV = "warm-images-dev";

Deno.test("kind: a cluster's life is these commands, in this order", async () => {
  await using standIns = await makeStandIns();
  const folder = `${standIns.folder}/cache/clusters/dev`;
  const kubeconfig = `${folder}/kind.kubeconfig`;

  const up = await task(standIns, "up");
  assertEquals(up.code, 0, up.stderr);
  assertEquals((await standIns.calls()).slice(0, 4), [
    DOCKER_THERE,
    DOCKER_THERE,
    `kind create cluster --name ${DEV} --image ${KIND_NODE_IMAGES["1.37"]} ` +
    `--config ${folder}/kind.json --kubeconfig ${kubeconfig} --wait 3m`,
    "kubectl wait --for=condition=Ready node --all --timeout=180s",
  ]);
  assertEquals(await Deno.readTextFile(`${standIns.folder}/config`), kindConfig([{}, {}]));
  assertStringIncludes(up.stderr, "Preparing nodes");
  assertStringIncludes(up.stdout, `export KUBECONFIG=${kubeconfig}`);
  assertStringIncludes(up.stdout, `ctr ${DEV}-control-plane images ls`);

  const again = await task(standIns, "up", "--on", "local");
  assertEquals(again.code, 2);
  assertStringIncludes(again.stderr, "it runs already");
  await standIns.calls();

  const kubectl = await task(standIns, "kubectl", "get", "pods", "-A");
  assertEquals([kubectl.code, kubectl.stdout], [3, `pods by ${kubeconfig}\n`]);
  await task(standIns, "helm", "list", "--all-namespaces");
  await task(standIns, "ctr", `${DEV}-worker`, "images", "ls", "-q");
  assertEquals(await standIns.calls(), [
    "kubectl get pods -A",
    "helm list --all-namespaces",
    `docker exec ${DEV}-worker ctr -n k8s.io images ls -q`,
  ]);

  assertEquals((await task(standIns, "down")).code, 0);
  assertEquals(await standIns.calls(), [
    `kind delete cluster --name ${DEV} --kubeconfig ${kubeconfig}`,
  ]);
  assertEquals(await clusters(standIns), []);
  assertEquals((await task(standIns, "down")).code, 2);
});

Deno.test("kind: our images are built, copied under two names, and leave Docker", async () => {
  await using standIns = await makeStandIns();
  await task(standIns, "up");
  await standIns.calls();
  const { version, revision, offline, hash } = await readImageSource();
  const name = (image: string, tag: string) => `ghcr.io/kubernetes-warm-images/${image}:${tag}`;
  const commandsFor = (image: string) => [
    `docker build --target ${image} --tag ${name(image, hash)} --build-arg VERSION=${version} ` +
    `--build-arg REVISION=${revision} ` +
    `${offline ? "--build-arg WARM_IMAGES_OFFLINE=1 " : ""}--provenance=false .`,
    `docker tag ${name(image, hash)} ${name(image, version)}`,
  ];
  const all = ["controller", "agent"].flatMap((image) => [name(image, hash), name(image, version)]);
  const expected = [
    ...commandsFor("controller"),
    ...commandsFor("agent"),
    `kind load docker-image ${all.join(" ")} --name ${DEV}`,
    `docker image rm ${all.join(" ")}`,
  ];
  const load = await task(standIns, "load");
  assertEquals(load.code, 0, load.stderr);
  assertEquals(load.stdout, `${name("controller", hash)}\n${name("agent", hash)}\n`);
  assertEquals(await standIns.calls(), expected);

  await standIns.fail("docker", "build --target agent", "no space left on device");
  const failed = await task(standIns, "load");
  assertEquals(failed.code, 1);
  assertStringIncludes(failed.stderr, "no space left on device");
  assertEquals((await standIns.calls()).at(-1), `docker image rm ${all.slice(0, 2).join(" ")}`);
});

Deno.test("kind: a Docker that does not answer is said, and nothing is begun", async () => {
  await using standIns = await makeStandIns();
  await standIns.fail("docker", "version", "Cannot connect to the Docker daemon");
  const up = await task(standIns, "up", "--on", "kind");
  assertEquals(up.code, 2);
  assertStringIncludes(up.stderr, "start it");
  assertEquals(await standIns.calls(), [DOCKER_THERE]);
  assertEquals(await clusters(standIns), []);
});

Deno.test("kind: when create fails, its last words are quoted and nothing is left", async () => {
  await using standIns = await makeStandIns();
  await standIns.fail(
    "kind",
    "create",
    "ERROR: failed to create cluster: could not find a log line",
  );
  const up = await task(standIns, "up");
  assertEquals(up.code, 1);
  assertStringIncludes(up.stderr, "could not find a log line");
  const calls = await standIns.calls();
  assertStringIncludes(calls.at(-1) ?? "", `kind delete cluster --name ${DEV}`);
  assertEquals(await clusters(standIns), []);
});

Deno.test("kind: nodes that do not become ready, or a cluster that died, are replaced", async () => {
  await using standIns = await makeStandIns();
  await standIns.fail("kubectl", "wait", "timed out waiting for the condition");
  const up = await task(standIns, "up");
  assertEquals(up.code, 1);
  assertStringIncludes(up.stderr, "timed out waiting");
  assertEquals(await clusters(standIns), []);
  await Deno.remove(`${standIns.folder}/fail-kubectl`);

  await task(standIns, "up");
  await Deno.remove(`${standIns.folder}/lives`);
  await standIns.calls();
  assertEquals((await task(standIns, "up")).code, 0);
  const changes = (await standIns.calls()).filter((call) => /^kind (create|delete)/.test(call));
  assertEquals(changes.map((call) => call.split(" ", 2)[1]), ["delete", "create"]);
});

Deno.test("kind: labels and taints go into its file, one node is the control plane", () => {
  const { nodes } = JSON.parse(
    kindConfig([{}, { labels: { shelf: "top" }, taints: ["only=few:NoSchedule"] }]),
  );
  assertEquals(nodes.map((node: { role: string }) => node.role), ["control-plane", "worker"]);
  assertEquals(nodes[1].labels, { shelf: "top" });
  const patches = nodes.map((node: { kubeadmConfigPatches: string[] }) =>
    JSON.parse(node.kubeadmConfigPatches.join())
  );
  assertEquals(patches, [
    { kind: "InitConfiguration", nodeRegistration: { taints: [] } },
    {
      kind: "JoinConfiguration",
      nodeRegistration: { taints: [{ key: "only", value: "few", effect: "NoSchedule" }] },
    },
  ]);
  for (const [version, image] of Object.entries(KIND_NODE_IMAGES)) {
    assertMatch(image, new RegExp(`^kindest/node:v${version}\\.\\d+@sha256:[0-9a-f]{64}$`));
  }
  const message = assertThrows(() => kindConfig([{ containerd: "2.3" }]), Error).message;
  assertStringIncludes(message, "--on local");
});

async function task(standIns: StandIns, ...args: string[]): Promise<CommandResult> {
  const entry = `${REPOSITORY}tests/tasks/cluster.ts`;
  const all = ["run", "-A", "--no-check", ...inheritedFlags(), entry, ...args];
  return await runCommand(Deno.execPath(), all, { env: standIns.env });
}

async function clusters(standIns: StandIns): Promise<string[]> {
  const folder = `${standIns.folder}/cache/clusters`;
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(folder)) names.push(name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return names;
}
