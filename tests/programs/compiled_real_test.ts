import { assertEquals } from "@std/assert";
import { compilePair } from "../harness/tools/compiled_pair.ts";
import { runCommand } from "../harness/commands.ts";
import { pushImage } from "../harness/images/images.ts";
import { waitUntil } from "../harness/wait.ts";
import { startSite } from "../harness/servers/site.ts";
import { realTest, reasonToSkip } from "../harness/servers/skipping.ts";

const machine = Deno.build.arch === "x86_64" ? undefined : "there is a denort for x86_64 only";
const reason = machine ?? await reasonToSkip("root", "denort", "nats-server", "containerd-1.7");

realTest(
  "the compiled pair warms an image over NATS with TLS, user and password, with its own rights only",
  reason,
  async () => {
    const login = { username: "warm", password: "s3cret-of-the-tests" };
    await using site = await startSite({ nats: { login, tls: true } });
    const { containerd } = site;
    await using pair = await compilePair({
      read: [containerd.root, containerd.hostsDir, site.nats.folder],
      write: [site.relayFolder],
      run: [containerd.ctrPath],
    });
    const { reference } = await pushImage(site.registry, {
      repository: "app",
      tag: "1",
      layers: [{ name: "app", bytes: 100_000 }],
    });
    const agent = await site.agent({ binary: pair.agent });
    const controller = await site.controller({ binary: pair.controller });
    await site.deploy("web", reference);
    await waitUntil("the image is warm", () => site.isWarm(reference));
    await waitUntil("both are ready", async () => await agent.ready() && await controller.ready());
    for (const program of [agent, controller]) {
      program.signal("SIGTERM");
      assertEquals((await program.exited).code, 0, program.log());
      assertEquals(program.log().includes(login.password), false, "the log holds no secret");
    }
    const version = await runCommand(pair.agent, ["--version"], {});
    assertEquals(version.code, 0, version.stderr);
  },
);
