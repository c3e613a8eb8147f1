import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { parse } from "yaml";
import { readPage } from "../documents/pages.ts";
import { REPOSITORY } from "../programs.ts";
import { CONTAINERD_VERSIONS } from "./containerd_lines.ts";
import { NATS_SERVER } from "./go_pins.ts";
import { KUBERNETES_VERSIONS, kubernetesVersion } from "./kubernetes_version.ts";

Deno.test("README names the lines of containerd and Kubernetes that are tested", async () => {
  const text = (await readPage("README.md")).replaceAll(/\s+/g, " ");
  assertStringIncludes(
    text,
    `tested with containerd ${CONTAINERD_VERSIONS.join(", ")} and Kubernetes ${
      KUBERNETES_VERSIONS.join(", ")
    }.`,
  );
});

Deno.test("the NATS that the chart starts is the one that is tested", async () => {
  const { nats } = parse(await Deno.readTextFile(`${REPOSITORY}chart/values.yaml`));
  assertEquals(`v${nats.image.tag}`, NATS_SERVER.version);
});

Deno.test("another Kubernetes is chosen by name; one that we do not have is refused", () => {
  assertEquals(kubernetesVersion(""), "1.37");
  assertEquals(kubernetesVersion("1.35"), "1.35");
  assertThrows(() => kubernetesVersion("1.36"), Error, "1.37 or 1.35");
});
