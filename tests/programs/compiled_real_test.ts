import { assertEquals } from "@std/assert";
import { compilePair } from "../harness/tools/compiled_pair.ts";
import { runCommand } from "../harness/commands.ts";
import { pushImage } from "../harness/images/images.ts";
import { waitUntil } from "../harness/wait.ts";
import { startSite } from "../harness/servers/site.ts";
import { realTest, reasonToSkip } from "../harness/servers/skipping.ts";

const machine = Deno.build.arch === "x86_64" ? undefined : "there is a denort for x86_64 only";

/** Small enough to come by the daemon with containerd 2.x, and too large for that. */
const SIZES = [100_000, 20_000_000];

for (const version of ["1.7", "2.3"] as const) {
  realTest(
    `the compiled pair warms images on containerd ${version} over NATS with TLS, user and ` +
      "password, through its relay, with its own rights only",
    machine ??
      await reasonToSkip("root", "denort", "nats-server", `containerd-${version}`),
    async () => {
      const login = { username: "warm", password: "s3cret-of-the-tests" };
      await using site = await startSite({ version, nats: { login, tls: true } });
      const { containerd } = site;
      await using pair = await compilePair({
        read: [containerd.root, containerd.hostsDir, site.nats.folder],
        write: [site.relayFolder],
        run: [containerd.ctrPath],
      });
      const references: string[] = [];
      for (const bytes of SIZES) {
        const layers = [{ name: `app-${bytes}`, bytes }];
        const image = { repository: `app-${bytes}`, tag: "1", layers };
        references.push((await pushImage(site.registry, image)).reference);
      }
      site.registry.forgetRequests();
      const agent = await site.agent({ binary: pair.agent });
      const controller = await site.controller({ binary: pair.controller });
      await site.deploy("web", ...references);
      for (const reference of references) {
        await waitUntil("the image is warm", () => site.isWarm(reference));
      }
      await waitUntil(
        "both are ready",
        async () => await agent.ready() && await controller.ready(),
      );
      const askers = site.registry.requests().map(({ userAgent }) => userAgent);
      assertEquals(askers.filter((each) => each.startsWith("containerd")), [], "the relay asks");
      for (const program of [agent, controller]) {
        program.signal("SIGTERM");
        assertEquals((await program.exited).code, 0, program.log());
        assertEquals(program.log().includes(login.password), false, "the log holds no secret");
        assertEquals(/NotCapable|Requires \w+ access/.exec(program.log())?.[0], undefined);
      }
      const { code, stderr } = await runCommand(pair.agent, ["--version"], {});
      assertEquals(code, 0, stderr);
    },
  );
}
