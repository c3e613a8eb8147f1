import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { availableContainerds, mapHost, startContainerd } from "./containerd.ts";
import { HERE, pushImage, pushIndex } from "../images/images.ts";
import { mountsBelow } from "../mounts.ts";
import { REGISTRY_LOGIN, startRegistry } from "./registry.ts";
import { waitUntil } from "../wait.ts";
import { realTest, reasonToSkip } from "./skipping.ts";

const IMAGE = {
  repository: "test/hello",
  tag: "1",
  layers: [{ name: "base", bytes: 200_000 }, { name: "hello", bytes: 50_000 }],
};

for (const version of availableContainerds()) {
  const reason = await reasonToSkip("root", `containerd-${version}`, "docker-registry");

  realTest(`containerd ${version} pulls an image that the harness built`, reason, async () => {
    await using registry = await startRegistry();
    await using containerd = await startContainerd({ version });
    const { reference, digest } = await pushImage(registry, IMAGE);
    assertEquals((await containerd.ctr("images", "pull", reference)).code, 0);
    const { stdout } = await containerd.ctr("images", "check", `name==${reference}`);
    assertMatch(stdout, new RegExp(`${digest} complete \\(3/3\\) .* true`));
  });

  realTest(
    `containerd ${version} pulls its platform of an index from a mapped host with TLS`,
    reason,
    async () => {
      await using registry = await startRegistry({ tls: true, auth: REGISTRY_LOGIN });
      await using containerd = await startContainerd({ version });
      const other = { os: "linux", architecture: "s390x" };
      await pushIndex(registry, {
        repository: "test/index",
        tag: "1",
        images: [{ platform: other, layers: [] }, { platform: HERE, layers: IMAGE.layers }],
      });
      await mapHost(containerd.hostsDir, "registry.example", registry);
      const reference = "registry.example/test/index:1";
      const args = ["images", "pull", "--hosts-dir", containerd.hostsDir, reference];
      const pulled = await containerd.ctr(...args);
      assertEquals(pulled.code, 0, pulled.stderr);
      const { stdout } = await containerd.ctr("images", "check", `name==${reference}`);
      assertMatch(stdout, / true\s*$/);
      const blobs = () => registry.requests().filter(({ path }) => path.includes("/blobs/"));
      await waitUntil("the registry tells of its layers", () => blobs().length > 0);
    },
  );

  realTest(
    `containerd ${version} keeps its images when killed, and loses them when wiped`,
    reason,
    async () => {
      await using registry = await startRegistry();
      await using containerd = await startContainerd({ version });
      const { reference } = await pushImage(registry, IMAGE);
      await containerd.ctr("images", "pull", reference);
      await containerd.kill();
      assertEquals((await containerd.ctr("images", "ls", "-q")).code, 1);
      await containerd.restart();
      assertMatch((await containerd.ctr("images", "ls", "-q")).stdout, /test\/hello:1/);
      await containerd.restart({ wipe: true });
      assertEquals((await containerd.ctr("images", "ls", "-q")).stdout, "");
    },
  );

  realTest(`containerd ${version} leaves nothing behind when a test fails`, reason, async () => {
    let folder = "";
    let pid = 0;
    await assertRejects(
      async () => {
        await using containerd = await startContainerd({ version });
        folder = containerd.address.replace(/\/[^/]*$/, "");
        pid = containerd.process.pid;
        // As an interrupted unpack would leave it.
        await mountTmpfs(`${containerd.root}/snapshot mount`);
        assertEquals((await mountsBelow(folder)).length, 1);
        throw new Error("the test failed");
      },
      Error,
      "the test failed",
    );
    assertEquals(await mountsBelow(folder), []);
    await assertRejects(() => Deno.stat(folder), Deno.errors.NotFound);
    await assertRejects(() => Deno.stat(`/proc/${pid}`), Deno.errors.NotFound);
  });
}

async function mountTmpfs(folder: string): Promise<void> {
  await Deno.mkdir(folder);
  const { code } = await new Deno.Command("mount", { args: ["-t", "tmpfs", "tmpfs", folder] })
    .output();
  assertEquals(code, 0);
}
