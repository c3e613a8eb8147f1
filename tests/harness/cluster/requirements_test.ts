import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { REQUIREMENTS, whatIsMissing, whyNotThisUser } from "./requirements.ts";

Deno.test("who is not root, or not on Linux, is told what to do", () => {
  assertStringIncludes(whyNotThisUser("linux", 1000) ?? "", "sudo");
  assertStringIncludes(whyNotThisUser("darwin", 501) ?? "", "Docker");
  assertEquals(whyNotThisUser("linux", 0), undefined);
});

Deno.test("all that is missing is named at once, with the packages that have it", () => {
  assertEquals(whatIsMissing([]), undefined);
  const said = whatIsMissing(REQUIREMENTS) ?? "";
  for (const { program } of REQUIREMENTS) assertStringIncludes(said, program);
  const packages = said.split("apt-get install ")[1]?.split(" ") ?? [];
  assert(packages.includes("containernetworking-plugins"));
  assertEquals(packages.length, new Set(packages).size);
});
