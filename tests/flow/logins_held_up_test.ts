// What becomes of logins while the servers that it takes to give them are away, or slow.
import { assertEquals } from "@std/assert";
import { SEALED_PREFIX } from "../../mod/pure/bucket/sealed_keys.ts";
import { FakeTime } from "@std/testing/time";
import {
  lacking,
  PASSWORD,
  PRIVATE,
  secretOf,
  startGiving,
  wants,
} from "../harness/fakes/giving_controller.ts";
import { sampleNode } from "../harness/fakes/sample_values.ts";

const MINUTE = 60_000;

Deno.test("while nobody answers for a Secret its login counts on, but no longer than it was given", async () => {
  using time = new FakeTime();
  await using controller = await startGiving(time);
  const { secrets } = controller;
  const agent = await lacking(controller);
  const answer = secrets.get("shop/regcred");
  secrets.delete("shop/regcred"); // the read fails then
  await controller.advance(4 * MINUTE);
  assertEquals([await agent.login(), controller.sealed().length], [PASSWORD, 1]);
  await controller.advance(8 * MINUTE);
  assertEquals([await agent.login(), controller.sealed()], [undefined, []]);
  secrets.set("shop/regcred", answer ?? secretOf("", ""));
  await controller.advance(MINUTE);
  assertEquals([await agent.login(), controller.sealed().length], [PASSWORD, 1]);
  secrets.set("shop/regcred", { result: "none", why: "there is no such Secret" });
  await controller.advance(1.5 * MINUTE);
  assertEquals(
    [await agent.login(), controller.sealed()],
    [undefined, []],
    "it is known to be gone",
  );
});

Deno.test("a server that takes long to answer holds up further logins by ten seconds at most", async () => {
  using time = new FakeTime();
  await using controller = await startGiving(time);
  await wants(controller);
  const { connection, source } = controller;
  const put = connection.put.bind(connection);
  connection.put = async (key, ...rest) => {
    if (key.startsWith(SEALED_PREFIX)) await new Promise((resolve) => setTimeout(resolve, 9_000));
    return await put(key, ...rest);
  };
  await controller.agent("n1");
  await controller.report("n1", { [PRIVATE]: "waiting" });
  await controller.advance(12_000);
  assertEquals(controller.sealed().length, 1);
  connection.put = put;
  source.put(sampleNode("n2"));
  const agent = await controller.agent("n2");
  await controller.report("n2", { [PRIVATE]: "waiting" });
  await controller.advance(12_000);
  assertEquals(await agent.login(), PASSWORD);
});
