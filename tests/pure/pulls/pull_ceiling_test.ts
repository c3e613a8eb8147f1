import { assertEquals } from "@std/assert";
import { pullCeilingMs } from "../../../mod/pure/pulls/pull_ceiling.ts";

Deno.test("a pull may take half an hour, and a second for each 256 KiB", () => {
  assertEquals(pullCeilingMs(0), 30 * 60_000);
  assertEquals(pullCeilingMs(30 * 2 ** 30), 30 * 60_000 + 4 * 30 * 1024 * 1000);
});
