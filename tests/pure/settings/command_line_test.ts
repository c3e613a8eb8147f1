import { assertEquals } from "@std/assert";
import { takeApart } from "../../../mod/pure/settings/command_line.ts";

const KNOWN = ["a", "b", "c", "d"];

Deno.test("a flag's value stands behind it or behind an equals sign", () => {
  const { flags, words } = takeApart(["--a", "1", "--b=2", "--c=x=y", "--d="], KNOWN);
  assertEquals(Object.fromEntries(flags), { a: ["1"], b: ["2"], c: ["x=y"], d: [""] });
  assertEquals(words, []);
});

Deno.test("a flag before another flag or at the end has no value", () => {
  assertEquals(Object.fromEntries(takeApart(["--a", "--b", "1", "--c"], KNOWN).flags), {
    a: [undefined],
    b: ["1"],
    c: [undefined],
  });
});

Deno.test("a single dash is a value, for standard input", () => {
  const { flags, words } = takeApart(["--a", "-", "-"], KNOWN);
  assertEquals(flags.get("a"), ["-"]);
  assertEquals(words, ["-"]);
});

Deno.test("an empty argument is a value, not a missing one", () => {
  assertEquals(takeApart(["--a", "", "plan"], KNOWN).words, ["plan"]);
  assertEquals(takeApart(["--a", ""], KNOWN).flags.get("a"), [""]);
});

Deno.test("help and version take no value", () => {
  const { flags, words } = takeApart(["-h", "a", "--version", "b"], KNOWN);
  assertEquals([...flags.keys()], ["help", "version"]);
  assertEquals(words, ["a", "b"]);
});

Deno.test("a flag given several times keeps every value in order", () => {
  assertEquals(takeApart(["--a", "1", "--a=2", "--a"], KNOWN).flags.get("a"), [
    "1",
    "2",
    undefined,
  ]);
});
