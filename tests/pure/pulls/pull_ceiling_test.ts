import { assertEquals } from "@std/assert";
import { classifyPull } from "../../../mod/pure/pulls/pull_outcome.ts";
import { directCeilingMs, pullCeilingMs } from "../../../mod/pure/pulls/pull_ceiling.ts";

Deno.test("a pull may take half an hour, and a second for each 256 KiB", () => {
  assertEquals(pullCeilingMs(0), 30 * 60_000);
  assertEquals(pullCeilingMs(30 * 2 ** 30), 30 * 60_000 + 4 * 30 * 1024 * 1000);
});

Deno.test("one of unknown size may take as long as what has arrived, or six hours when that is unknown", () => {
  assertEquals(directCeilingMs(2 ** 30), pullCeilingMs(2 ** 30));
  assertEquals(directCeilingMs(undefined), 6 * 60 * 60_000);
});

Deno.test("a pull ended as it takes too long has stalled, and says after what time", () => {
  const ended = { code: 143, stderr: "", socket: "/run/c.sock", afterSeconds: 5400 };
  assertEquals(classifyPull({ ...ended, endedBy: "ceiling" }), {
    result: "failed",
    failure: "stalled",
    detail: "Not done after 90 min, long for its size, so it was ended",
  });
});
