import { assertEquals, assertStringIncludes } from "@std/assert";
import { must } from "../../harness/cluster/cluster.ts";
import { newClusterName } from "../../harness/cluster/cluster_folders.ts";
import { leftovers, tracesOf } from "../../harness/cluster/leftovers.ts";
import { LocalCluster } from "../../harness/cluster/local_cluster.ts";
import { whyNoLocalCluster } from "../../harness/cluster/requirements.ts";
import { runCommand } from "../../harness/commands.ts";
import { whyNoImages } from "../../harness/images/image_builds.ts";
import { startProcess, type TestProcess } from "../../harness/process.ts";
import { waitUntil } from "../../harness/wait.ts";
import { REPOSITORY } from "../../harness/programs.ts";
import { realTest } from "../../harness/servers/skipping.ts";
import { inheritedFlags } from "../../../mod/build/offline_flags.ts";
import { SAMPLE_IMAGE } from "./cluster_guide.ts";

const reason = await whyNoLocalCluster() ?? await whyNoImages();

realTest("dev on a cluster: warms, installs changes, and leaves nothing", reason, async () => {
  await using copy = await copyOfRepository();
  const cluster = new LocalCluster(newClusterName("test"));
  await using _end = cluster;
  await using dev = await startDev(copy.folder, cluster.name);
  const says = (what: string, words: string | RegExp) =>
    waitUntil(what, () => dev.log().search(words) >= 0, { timeoutMs: 180_000, everyMs: 200 })
      .catch((error) => Promise.reject(new Error(dev.log(), { cause: error })));

  await says("the sample is warm", new RegExp(`^agent-.* Image is warm .*${SAMPLE_IMAGE}`, "m"));
  assertStringIncludes(dev.log(), "controller-");
  assertStringIncludes(dev.log(), "Things to try");

  await copy.edit("mod/flow/pull_record.ts", '"Image is warm"', '"Image is very warm"');
  await says("a change is seen", "mod/flow/pull_record.ts changed");
  await says("it is installed", /changed: building[^]*installed after/);
  await must(cluster.kubectl(
    ...["--namespace", "warm-images", "rollout", "status", "--timeout=90s"],
    "daemonset/wi-warm-images-agent",
  ));
  await must(cluster.ctr("node-0", "images", "rm", "--sync", SAMPLE_IMAGE));
  await says("the changed agent runs", /^agent-.* Image is very warm /m);

  await copy.edit("mod/flow/pull_record.ts", '"Image is very warm"', '"Image is very warm');
  await says("what cannot be built is told", /Nothing was installed/);

  using traces = await tracesOf(cluster);
  for (let times = 0; times < 2; times++) dev.ctrlC(); // `deno task` passes it on once more
  assertEquals((await dev.exited).code, 0, dev.log());
  assertStringIncludes(dev.log(), "Nothing is left running");
  assertEquals(await leftovers(traces), []);
  assertEquals(await processesOfSession(dev.pid), []);
});

/** What has ended and waits to be reaped does not count. */
async function processesOfSession(leader: number): Promise<string[]> {
  const args = ["-o", "stat=,args=", "--sid", String(leader)];
  const { stdout } = await runCommand("ps", args);
  return stdout.split("\n").filter((line) => line !== "" && !line.startsWith("Z"));
}

interface Copy extends AsyncDisposable {
  readonly folder: string;
  edit(file: string, from: string, to: string): Promise<void>;
}

/** Others may be at the files of the repository itself. */
async function copyOfRepository(): Promise<Copy> {
  const folder = await Deno.makeTempDir({ prefix: "warm-images-copy-" });
  const entries = [
    ...["controller.ts", "agent.ts", "mod", "chart", "tests"],
    ...["Dockerfile", ".dockerignore", "deno.json", "deno.lock"],
  ];
  await runCommand("cp", ["-a", ...entries.map((name) => `${REPOSITORY}${name}`), folder]);
  return {
    folder,
    edit: async (file, from, to) => {
      const text = await Deno.readTextFile(`${folder}/${file}`);
      assertStringIncludes(text, from);
      await Deno.writeTextFile(`${folder}/${file}`, text.replace(from, to));
    },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

async function startDev(folder: string, name: string): Promise<TestProcess> {
  const flags = inheritedFlags().map((flag) => flag.replace(REPOSITORY, `${folder}/`));
  return await startProcess(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-check",
      ...flags,
      "tests/tasks/dev.ts",
      "--on",
      "local",
      "--name",
      name,
    ],
    cwd: folder,
    detached: true,
  });
}
