import { assertEquals } from "@std/assert";
import { globMatcher } from "../../mod/pure/glob.ts";

Deno.test("a glob matches a whole text, with stars and question marks for any characters", () => {
  const matches = globMatcher(["shop-*", "a.b", "?x", "**y"]);
  for (const text of ["shop-", "shop-1", "a.b", "xx", "y", "123y"]) {
    assertEquals(matches(text), true);
  }
  for (const text of ["shop", "my-shop-1", "a-b", "x", "yz", ""]) {
    assertEquals(matches(text), false);
  }
});

Deno.test("without globs nothing matches", () => {
  assertEquals(globMatcher([])(""), false);
});
