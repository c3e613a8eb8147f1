// What `why` and `plan --diff` answer from a real bucket, with a real agent.
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { META_KEY } from "../../mod/pure/bucket/state_keys.ts";
import { pushImages } from "../harness/images/images.ts";
import { freePort } from "../harness/ports.ts";
import { sourceCommand, startProgram } from "../harness/programs.ts";
import { createObject } from "../harness/servers/api_objects.ts";
import { startApiServer } from "../harness/servers/api_server.ts";
import { containerdNeedsRoot } from "../harness/servers/containerd.ts";
import { startNatsServer } from "../harness/servers/nats_server.ts";
import { openTestStore } from "../harness/servers/nats_stores.ts";
import { deployment, type Site, startSite } from "../harness/servers/site.ts";
import { realTest, reasonToSkip } from "../harness/servers/skipping.ts";
import { never } from "../harness/signals.ts";
import { waitUntil } from "../harness/wait.ts";

const withNats = await reasonToSkip("nats-server");

/** How a question was answered. */
interface Answer {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the controller's program with a command, as a user does. */
async function ask(args: readonly string[], stdin = ""): Promise<Answer> {
  const [command, all] = sourceCommand("controller", args);
  const child = new Deno.Command(command, {
    args: all,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(stdin)).catch(() => {});
  await writer.close().catch(() => {});
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

function node(name: string, taints: readonly object[] = []) {
  return { apiVersion: "v1", kind: "Node", metadata: { name }, spec: { taints } };
}

async function put(site: Site, name: string, object: object): Promise<void> {
  await Deno.writeTextFile(`${site.manifests}/${name}.json`, JSON.stringify(object));
}

realTest("why and plan --diff answer from the bucket", containerdNeedsRoot(), async (t) => {
  await using site = await startSite();
  const names = ["web", "old", "gone", "next"];
  const images = await pushImages(
    site.registry,
    names.map((name) => ({ repository: name, tag: "1", layers: [{ name, bytes: 50_000 }] })),
  );
  const [web = "", old = "", gone = "", next = ""] = images.map(({ reference }) => reference);
  const missing = web.replace(/web:1$/, "web:none");
  await put(site, "node-a", node("node-a"));
  await put(site, "gpu", node("gpu", [{ key: "nvidia.com/gpu", effect: "NoSchedule" }]));
  await site.deploy("web", web, missing);
  await site.deploy("old", old);
  await site.deploy("gone", gone);
  await site.controller({ untilReady: true, flags: ["--ignore-images", "debug"] });
  const agent = await site.agent();
  await waitUntil(
    "three are warm",
    async () => await agent.metric("warm_images_node_warm") === 3,
    { timeoutMs: 120_000 },
  );
  await Deno.remove(`${site.manifests}/gone.json`);
  const why = (...args: string[]) => ask(["why", ...site.nats.flags, ...args]);
  await waitUntil(
    "nothing wants it any more",
    async () => (await why(gone)).out.includes("not wanted any more"),
    { timeoutMs: 120_000 },
  );
  await waitUntil(
    "its report is in the bucket",
    async () => (await why(missing)).out.includes("not_found"),
    { timeoutMs: 120_000 },
  );

  await t.step("a warm image: who wants it, where, and where not", async () => {
    const { code, out, err } = await why(web);
    assertEquals([code, err], [0, ""]);
    assertStringIncludes(out, `${web} is wanted`);
    assertStringIncludes(out, "1 object wants it:\n  Deployment default/web");
    assertStringIncludes(out, "It may run on 1 of 2 nodes:\n  warm     node-a");
    assertStringIncludes(out, 'Not on 1 node:\n  gpu: taint "nvidia.com/gpu:NoSchedule"');
    assertEquals(out.split("\n").every((line) => line.length <= 80), true, out);
  });

  await t.step("an image that cannot be had: the reason, and the next try", async () => {
    const { code, out } = await why(missing, "--output", "json");
    assertEquals(code, 0);
    const { v, isWanted, nodes: [first] } = JSON.parse(out);
    assertEquals([v, isWanted, first.node, first.state], [1, true, "node-a", "failed"]);
    assertMatch(first.reason, /^not_found: /);
    assertEquals(Date.parse(first.nextTry) > Date.parse(first.since), true, out);
    assertStringIncludes((await why(missing)).out, "next try at ");
  });

  await t.step("an image that nothing wants any more: since when, and until when", async () => {
    const { code, out } = await why("gone:1");
    assertEquals(code, 1);
    assertStringIncludes(out, "It was wanted by:\n  Deployment default/gone");
    assertStringIncludes(out, "is kept until ");
  });

  await t.step("an image that was never wanted: what is called alike, and the rule", async () => {
    const unknown = await why("wbe:1");
    assertEquals(unknown.code, 1);
    assertStringIncludes(unknown.out, "Nothing wants docker.io/library/wbe:1");
    assertStringIncludes(unknown.out, web);
    const ignored = await why("tool-debug");
    assertStringIncludes(ignored.out, '"debug", which ignore-images leaves out');
  });

  await t.step("a part of a name that several have lists them", async () => {
    const { code, out } = await why("web");
    assertEquals(code, 1);
    assertStringIncludes(out, `"web" may be one of 2:\n  ${web}\n  ${missing}`);
  });

  await t.step("one node alone; one that is not there", async () => {
    const there = await why("web:1", "--node", "gpu");
    assertStringIncludes(
      there.out,
      'It may not run on gpu:\n  pods for any node: not there: taint "nvidia.com/gpu:NoSchedule"',
    );
    assertEquals(there.out.includes("node-a"), false);
    const nowhere = await why(web, "--node", "node-aa");
    assertEquals([nowhere.code, nowhere.out], [1, ""]);
    assertEquals(nowhere.err, 'There is no node "node-aa"; the nearest: node-a\n');
  });

  const release = [
    deployment("web", [next]), // was: web and missing
    deployment("more", [old]), // wanted by another object already
    deployment("tool", ["reg.lab/tool-debug:1"]), // ignored by the rules of the controller that runs
  ].map((each) => JSON.stringify(each)).join("\n---\n");
  const diff = (...args: string[]) =>
    ask(["plan", "--manifests", "-", "--diff", ...site.nats.flags, ...args], release);

  await t.step("what a release changes: of its own objects alone", async () => {
    const { code, out, err } = await diff("--output", "json");
    assertEquals([code, err.includes("rror")], [0, false], err);
    const { v, compared, images, nodes, unknownSizes } = JSON.parse(out);
    assertEquals([v, compared], [1, "objects"]);
    assertEquals(
      images.map((
        each: Record<string, unknown>,
      ) => [each["change"], each["image"], each["on"], each["off"]]),
      [
        ["comes", next, ["node-a"], []],
        ["goes", web, [], ["node-a"]],
        ["goes", missing, [], ["node-a"]],
      ],
    );
    assertEquals(unknownSizes, [next]);
    assertEquals(nodes.map(({ node }: { node: string }) => node), ["node-a"]);
  });

  await t.step("the same as tables, with sizes that the registry tells", async () => {
    const { code, out } = await diff("--sizes");
    assertEquals(code, 0);
    assertMatch(out, /^\S+next:1 +comes +node-a +\d+ kB +Deployment default\/web$/m);
    assertMatch(out, /^\S+web:1 +goes +node-a +\d+ kB +Deployment default\/web$/m);
    assertMatch(out, /^1 comes, 2 go; 1 wanted image of these objects stays as it is\.$/m);
  });

  await t.step(
    "sizes of a registry that does not answer are left out, and it is told",
    async () => {
      const elsewhere = JSON.stringify(deployment("web", [`127.0.0.1:${freePort()}/x:1`]));
      const { code, out, err } = await ask([
        ...["plan", "--manifests", "-", "--diff", "--sizes", ...site.nats.flags],
      ], elsewhere);
      assertEquals(code, 0);
      assertStringIncludes(err, "Cannot tell the size of an image");
      assertStringIncludes(out.replaceAll("\n", " "), "Sizes of 1 are not known.");
    },
  );

  await t.step(
    "an input that cannot be read gives 1, and what could be read is compared",
    async () => {
      const { code, out } = await ask(
        ["plan", "--manifests", "-", "--diff", ...site.nats.flags],
        `${release}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {`,
      );
      assertEquals(code, 1);
      assertStringIncludes(out, next);
    },
  );

  await t.step("whoever stops reading ends it without a word", async () => {
    const [command, args] = sourceCommand("controller", ["why", ...site.nats.flags, web]);
    const line = [command, ...args].map((each) => `'${each}'`).join(" ");
    const { stderr } = await new Deno.Command("bash", {
      args: ["-c", `${line} | true`],
      stdout: "null",
    }).output();
    assertEquals(new TextDecoder().decode(stderr), "");
  });
});

realTest(
  "a release on a cluster: what comes, what is kept for a rollback, and what goes",
  await reasonToSkip("nats-server", "etcd", "kube-apiserver"),
  async (t) => {
    await using nats = await startNatsServer();
    await using server = await startApiServer();
    const { admin, adminKubeconfig } = server;
    for (const [name, image] of [["web", "reg.lab/web:1"], ["api", "reg.lab/api:1"]] as const) {
      await createObject(admin, "Deployment", name, image);
    }
    await createObject(admin, "CronJob", "report", "reg.lab/report:1");
    const cluster = ["--kubeconfig", adminKubeconfig, ...nats.flags];
    await using controller = await startProgram("controller", { flags: cluster, untilReady: true });
    await waitUntil(
      "three images are wanted",
      async () => await controller.metric("warm_images_wanted") === 3,
    );
    const changes = async (args: readonly string[], stdin = "") => {
      const { code, out, err } = await ask(
        ["plan", "--diff", "--output", "json", ...nats.flags, ...args],
        stdin,
      );
      assertEquals(code, 0, err);
      return JSON.parse(out).images.map((each: Record<string, unknown>) =>
        `${each["change"]} ${each["image"]}`
      );
    };
    await waitUntil(
      "all is in the bucket",
      async () => (await ask(["why", "report", ...nats.flags])).code === 0,
    );

    await t.step("the cluster as it is changes nothing, and by other rules it would", async () => {
      assertEquals(await changes(["--kubeconfig", adminKubeconfig]), []);
      const other = ["--kubeconfig", adminKubeconfig, "--ignore-images", "report"];
      assertEquals(await changes(other), ["goes reg.lab/report:1"]);
    });

    await t.step("a release that names its objects", async () => {
      const cron = {
        apiVersion: "batch/v1",
        kind: "CronJob",
        metadata: { name: "report" },
        spec: {
          schedule: "0 3 * * *",
          jobTemplate: {
            spec: {
              template: { spec: { containers: [{ name: "c", image: "reg.lab/report:2" }] } },
            },
          },
        },
      };
      const release = [deployment("web", ["reg.lab/web:2"]), cron];
      const text = release.map((each) => JSON.stringify(each)).join("\n---\n");
      assertEquals(await changes(["--manifests", "-"], text), [
        "goes reg.lab/report:1",
        "comes reg.lab/report:2",
        "stays reg.lab/web:1",
        "comes reg.lab/web:2",
      ]);
    });
  },
);

for (const question of [["why", "web"], ["plan", "--manifests", "-", "--diff"]]) {
  const name = question.includes("why") ? "why" : "plan --diff";

  Deno.test(`without NATS, ${name} says so and gives 1`, async () => {
    const url = `nats://127.0.0.1:${freePort()}`;
    const { code, out, err } = await ask([...question, "--nats-url", url]);
    assertEquals([code, out], [1, ""]);
    assertStringIncludes(err, `Cannot reach NATS at ${url}`);
  });

  realTest(
    `of a bucket that is not there, empty, or of a later version, ${name} says so`,
    withNats,
    async () => {
      await using nats = await startNatsServer();
      const answer = () => ask([...question, ...nats.flags]);
      const none = await answer();
      assertEquals([none.code, none.out], [1, ""]);
      assertStringIncludes(none.err, "no controller has written it yet");
      await using controller = openTestStore(nats.settings, "controller");
      await controller.untilReady();
      const empty = await answer();
      assertEquals([empty.code, empty.out], [1, ""]);
      assertStringIncludes(empty.err, "The bucket is empty");
      await controller.store.put(META_KEY, JSON.stringify({ v: 2 }), { signal: never() });
      const later = await answer();
      assertEquals([later.code, later.out], [1, ""]);
      assertStringIncludes(later.err, "of version 2");
    },
  );
}
