import { assertEquals, assertMatch } from "@std/assert";
import { type CommandResult, runCommand } from "../commands.ts";
import { startContainerd, type TestContainerd } from "../servers/containerd.ts";
import { unmountBelow } from "../mounts.ts";
import { NATS_TAG, pushPodImages } from "./pod_images.ts";
import { startRegistry } from "../servers/registry.ts";
import { realTest, reasonToSkip } from "../servers/skipping.ts";

const reason = await reasonToSkip(
  "root",
  "containerd-1.7",
  "docker-registry",
  "nats-server-of-chart",
);

realTest("images of pods hold programs that run", reason, async () => {
  await using registry = await startRegistry();
  await using containerd = await startContainerd({ version: "1.7" });
  const images = await pushPodImages(registry);
  {
    await using busybox = await mounted(containerd, images.busybox);
    const script = `trap 'echo trapped' TERM; kill -TERM $$; wget -qO- ${registry.url}/v2/; nc -h`;
    const { stdout, stderr } = await busybox.run("sh", "-c", script);
    assertMatch(stdout, /^trapped\n\{\}/);
    assertMatch(stderr, /Usage: nc/);
  }
  {
    await using pause = await mounted(containerd, images.pause);
    assertEquals((await pause.run("/bin/busybox", "sleep", "0")).code, 0);
  }
  await using nats = await mounted(containerd, images.nats);
  assertEquals((await nats.run("/nats-server", "--version")).stdout, `nats-server: v${NATS_TAG}\n`);
  const checked = await nats.run("/nats-server", "--config", "nats-server.conf", "-t");
  assertEquals(checked.code, 0, checked.stderr);
});

/** The image's files, to run programs among. */
interface MountedImage extends AsyncDisposable {
  run(...command: string[]): Promise<CommandResult>;
}

async function mounted(containerd: TestContainerd, image: string): Promise<MountedImage> {
  const folder = await Deno.makeTempDir({ prefix: "warm-images-mounted-" });
  await Deno.mkdir(`${folder}/image`);
  const dispose = async () => {
    await unmountBelow(folder);
    await Deno.remove(folder, { recursive: true });
  };
  try {
    for (const args of [["pull", image], ["mount", image, `${folder}/image`]]) {
      const { code, stderr } = await containerd.ctr("images", ...args);
      assertEquals(code, 0, stderr);
    }
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    run: (...command) =>
      runCommand("chroot", [`${folder}/image`, ...command], { env: { PATH: "/bin:/usr/sbin" } }),
    [Symbol.asyncDispose]: dispose,
  };
}
