import { assertEquals } from "@std/assert";
import { pushImage } from "../harness/images/images.ts";
import type { TestProgram } from "../harness/programs.ts";
import { startSite } from "../harness/servers/site.ts";
import { realTest, reasonToSkip } from "../harness/servers/skipping.ts";
import { obtainTool } from "../harness/tools/tools.ts";
import { waitUntil } from "../harness/wait.ts";

const reason = await reasonToSkip(
  ...["root", "nats-server", "docker-registry", "containerd-1.7", "promtool"] as const,
);

realTest("promtool finds nothing to say of the metrics of both programs", reason, async () => {
  await using site = await startSite();
  const { reference } = await pushImage(site.registry, {
    repository: "app",
    tag: "1",
    layers: [{ name: "app", bytes: 1024 }],
  });
  await site.deploy("web", reference, `${site.registry.host}/absent:1`);
  const [agent, controller] = await Promise.all([site.agent(), site.controller()]);
  await waitUntil("an image is warm", () => site.isWarm(reference));
  await waitUntil(
    "the controller knows of it",
    async () => await controller.metric("warm_images_warm") === 1,
  );
  for (const program of [agent, controller]) assertEquals(await promtool(program), [0, ""]);
});

/** What `promtool check metrics` says of a program, and its exit code. */
async function promtool(program: TestProgram): Promise<[number, string]> {
  const command = new Deno.Command(await obtainTool("promtool"), {
    args: ["check", "metrics"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  });
  await using process = command.spawn();
  const { body } = await fetch(`${program.health}/metrics`);
  await body?.pipeTo(process.stdin);
  const { code, stdout, stderr } = await process.output();
  const decoder = new TextDecoder();
  return [code, decoder.decode(stdout) + decoder.decode(stderr)];
}
