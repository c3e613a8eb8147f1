import { assertEquals } from "@std/assert";
import { GUIDE } from "../harness/documents/guide_sections.ts";
import { sectionSteps } from "../harness/documents/sections.ts";

const OF_THE_CLUSTER = `
cluster {
  authorization {
    user: "nats_cluster"
    password: "another"
  }
}`;

/** How two lines of the chart bitnami/nats write the login of clients. */
const CONFIGURATIONS = {
  "8": `
authorization {
  user: "nats_client"
  password: "a1B2"
  timeout:  1
}${OF_THE_CLUSTER}`,
  "9": `
authorization {
  users: [
    { user: "nats_client", password: "a1B2" },
  ],
  timeout:  1
}${OF_THE_CLUSTER}`,
};

for (const [line, configuration] of Object.entries(CONFIGURATIONS)) {
  Deno.test(`the page's command finds the clients' password of bitnami/nats ${line}`, async () => {
    const blocks = (await sectionSteps(GUIDE.ownNats)).map(({ text }) => text);
    const commands = blocks.flatMap((text) => text.split("\n"));
    const command = commands.find((text) => text.startsWith("nats_conf |")) ?? "";
    const [pipeline = ""] = command.split("| kubectl");
    const { stdout } = await new Deno.Command("bash", {
      args: ["-euo", "pipefail", "-c", `nats_conf() { printf %s "$CONF"; }\n${pipeline}`],
      env: { CONF: configuration },
    }).output();
    assertEquals(new TextDecoder().decode(stdout), "a1B2");
  });
}
