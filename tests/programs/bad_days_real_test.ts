import { assertEquals, assertStringIncludes } from "@std/assert";
import { reportKey } from "../../mod/pure/bucket/state_keys.ts";
import { decodeReport } from "../../mod/pure/bucket/agent_wire.ts";
import { followed } from "../harness/followed.ts";
import { startApiServer } from "../harness/servers/api_server.ts";
import { runCommand } from "../harness/commands.ts";
import { type ImageSpec, pushImage } from "../harness/images/images.ts";
import { openTestStore } from "../harness/servers/nats_stores.ts";
import { waitUntil, within } from "../harness/wait.ts";
import { warningsOf } from "../harness/program_log.ts";
import { deployment, startSite } from "../harness/servers/site.ts";
import { realTest, reasonToSkip } from "../harness/servers/skipping.ts";

const withSite = await reasonToSkip("root", "nats-server", "docker-registry", "containerd-1.7");
const withApiServer = withSite ?? await reasonToSkip("etcd", "kube-apiserver");

realTest("NATS that comes up late finds both programs waiting", withSite, async () => {
  await using site = await startSite();
  await site.nats.stop();
  const { reference } = await pushImage(site.registry, image("app"));
  await site.deploy("web", reference);
  const programs = await Promise.all([site.agent(), site.controller()]);
  for (const program of programs) {
    await waitUntil("it says what is missing", async () => {
      return (await program.notReady()).nats?.includes(String(site.nats.port)) ?? false;
    });
  }
  await site.nats.start();
  await waitUntil("the image is warm", () => site.isWarm(reference));
});

realTest("a containerd that comes back empty is filled again", withSite, async () => {
  await using site = await startSite();
  const { reference } = await pushImage(site.registry, image("app"));
  await site.deploy("web", reference);
  const [agent] = await Promise.all([site.agent(), site.controller()]);
  await waitUntil("the image is warm", () => site.isWarm(reference));
  await site.containerd.restart({ wipe: true });
  await waitUntil("the image is warm again", () => site.isWarm(reference), { timeoutMs: 180_000 });
  await waitUntil("the agent is ready", () => agent.ready());
});

realTest(
  "an agent left with the socket of a containerd that is gone ends, and the next one works",
  withSite,
  async () => {
    await using site = await startSite();
    await using socket = await mountedFile(site.containerd.address);
    await site.controller();
    const start = () =>
      site.agent({
        flags: ["--containerd-address", socket.path, "--exit-when-runtime-lost", "2s"],
        env: { LOG_FORMAT: "json" },
      });
    const agent = await start();
    await waitUntil("the agent is ready", () => agent.ready());
    await site.containerd.restart();
    assertEquals((await within(agent.exited)).code, 1);
    const errors = warningsOf(agent).filter(({ level }) => level === "error");
    assertEquals(errors.length, 1, agent.log());
    assertStringIncludes(String(errors[0]?.error), "to be started again with the present socket");
    await socket.remount();
    const next = await start();
    await waitUntil("the next agent is ready", () => next.ready());
  },
);

realTest(
  "no pull starts on a disk above the mark; pulls begin when there is room",
  withSite,
  async () => {
    await using site = await startSite();
    await using disk = await smallDisk();
    await Deno.writeFile(`${disk.path}/filler`, new Uint8Array(9_000_000));
    const { reference } = await pushImage(site.registry, image("app"));
    await site.deploy("web", reference);
    const agent = await site.agent({
      flags: ["--containerd-root", disk.path, "--disk-high", "80"],
    });
    await site.controller();
    await using reader = openTestStore(site.nats.settings, "agent");
    await waitUntil("the report says why it waits", async () => {
      const image = await reportedImage(reader.store, reference);
      return image?.state === "waiting" && (image.reason?.includes("disk") ?? false);
    });
    assertEquals(site.registry.requests().filter(({ method }) => method === "GET").length, 0);
    assertEquals(await agent.metric("warm_images_pulling"), 0);
    await Deno.remove(`${disk.path}/filler`);
    await waitUntil("the image is warm", () => site.isWarm(reference), { timeoutMs: 180_000 });
  },
);

realTest("garbage in the bucket is skipped and counted, the rest goes on", withSite, async () => {
  await using site = await startSite();
  const { reference } = await pushImage(site.registry, image("app"));
  const [agent] = await Promise.all([site.agent(), site.controller()]);
  await using vandal = openTestStore(site.nats.settings, "agent");
  await vandal.untilReady();
  const signal = AbortSignal.timeout(10_000);
  await vandal.store.put("wanted.garbage", "{not json", { signal });
  await vandal.store.put("wanted.huge", "x".repeat(1_000_000), { signal });
  await vandal.store.put("nonsense", "0", { signal });
  await site.deploy("web", reference);
  await waitUntil("the image is warm", () => site.isWarm(reference));
  await waitUntil(
    "both are counted",
    async () => await agent.metric("warm_images_store_unreadable_total") === 2,
  );
});

realTest(
  "of ten thousand objects the faulty one is named and the others are wanted",
  withSite,
  async () => {
    await using site = await startSite();
    const items = Array.from(
      { length: 10_000 },
      (_, number) => deployment(`app-${number}`, [`registry.example/app-${number}:1`]),
    );
    items[5000] = deployment("app-5000", ["registry.example/UPPER:1"]);
    const list = { apiVersion: "v1", kind: "List", items };
    await Deno.writeTextFile(`${site.manifests}/all.json`, JSON.stringify(list));
    const controller = await site.controller();
    await using reader = openTestStore(site.nats.settings, "agent");
    await using wanted = followed(reader.store, "wanted.>");
    await waitUntil("all others are wanted", () => wanted.held.size === 9_999, {
      timeoutMs: 120_000,
    });
    await waitUntil(
      "the faulty one is counted",
      async () => await controller.metric("warm_images_input_faults") === 1,
    );
    const named = controller.log().split("\n").filter((line) => line.includes("UPPER"));
    assertEquals(named.length, 1);
    assertStringIncludes(named[0] ?? "", "app-5000");
  },
);

realTest(
  "of two controllers one writes; when it is killed, the other takes over and nothing is deleted",
  withApiServer,
  async () => {
    await using api = await startApiServer();
    await using site = await startSite();
    const apps = "/apis/apps/v1/namespaces/default/deployments";
    const post = (name: string, reference: string) =>
      api.admin.request(apps, {
        method: "POST",
        body: deployment(name, [reference]),
        signal: AbortSignal.timeout(20_000),
      });
    const first = await pushImage(site.registry, image("first"));
    const second = await pushImage(site.registry, image("second"));
    await post("first", first.reference);
    const kubeconfig = api.adminKubeconfig;
    const flags = ["--forget-after", "0s", "--list-images", first.reference];
    const controllers = await Promise.all([
      site.controller({ kubeconfig, flags }),
      site.controller({ kubeconfig, flags }),
    ]);
    const leading = () =>
      Promise.all(controllers.map((each) => each.metric("warm_images_leading").catch(() => 0)));
    await waitUntil(
      "one of them writes",
      () => controllers.some((each) => each.log().includes("Bucket written")),
    );
    await waitUntil("one leads", async () => (await leading()).join() !== "0,0");
    const [, standby] = (await leading())[0] === 1 ? controllers : controllers.toReversed();
    const leader = controllers.find((each) => each !== standby);
    await leader?.kill();
    await post("second", second.reference);
    await waitUntil("the other writes", () => standby?.log().includes("Bucket written") ?? false);
    assertEquals(/"deleted":[1-9]/.test(standby?.log() ?? ""), false, standby?.log());
  },
);

/** A file mounted at another place, as kubelet mounts a socket into a container. */
async function mountedFile(file: string) {
  const path = await Deno.makeTempFile({ prefix: "warm-images-mount-", suffix: ".sock" });
  const mount = async () => {
    const { code, stderr } = await runCommand("mount", ["--bind", file, path], {});
    if (code !== 0) throw new Error(stderr);
  };
  const unmount = () => runCommand("umount", [path], {});
  await mount();
  return {
    path,
    remount: async () => {
      await unmount();
      await mount();
    },
    [Symbol.asyncDispose]: async () => {
      await unmount();
      await Deno.remove(path);
    },
  };
}

/** A file system of 10 MB in memory; disposing unmounts it. */
async function smallDisk() {
  const path = await Deno.makeTempDir({ prefix: "warm-images-disk-" });
  const mounted = await runCommand("mount", ["-t", "tmpfs", "-o", "size=10m", "tmpfs", path], {});
  if (mounted.code !== 0) throw new Error(mounted.stderr);
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      await runCommand("umount", [path], {});
      await Deno.remove(path);
    },
  };
}

/** What node-a says of an image, as soon as it says anything. */
async function reportedImage(store: ReturnType<typeof openTestStore>["store"], reference: string) {
  const signal = AbortSignal.timeout(5000);
  for await (const change of store.follow([reportKey("node-a")], { signal })) {
    if (change.type === "synced") return undefined;
    if (change.type !== "put") continue;
    const decoded = decodeReport(change.value);
    return "value" in decoded ? decoded.value.images[reference] : undefined;
  }
}

function image(name: string): ImageSpec {
  return { repository: name, tag: "1", layers: [{ name, bytes: 100_000 }] };
}
