import { assertEquals } from "@std/assert";
import { parseCommandLine } from "../../../mod/pure/settings/command_line.ts";

const KNOWN = { valued: ["a", "b", "c", "d"], switches: ["s"] };

Deno.test("a flag's value stands behind it or behind an equals sign", () => {
  const { flags, words } = parseCommandLine(["--a", "1", "--b=2", "--c=x=y", "--d="], KNOWN);
  assertEquals(Object.fromEntries(flags), { a: ["1"], b: ["2"], c: ["x=y"], d: [""] });
  assertEquals(words, []);
});

Deno.test("a flag before another flag or at the end has no value", () => {
  assertEquals(Object.fromEntries(parseCommandLine(["--a", "--b", "1", "--c"], KNOWN).flags), {
    a: [undefined],
    b: ["1"],
    c: [undefined],
  });
});

Deno.test("a single dash is a value, for standard input", () => {
  const { flags, words } = parseCommandLine(["--a", "-", "-"], KNOWN);
  assertEquals(flags.get("a"), ["-"]);
  assertEquals(words, ["-"]);
});

Deno.test("an empty argument is a value, not a missing one", () => {
  assertEquals(parseCommandLine(["--a", "", "plan"], KNOWN).words, ["plan"]);
  assertEquals(parseCommandLine(["--a", ""], KNOWN).flags.get("a"), [""]);
});

Deno.test("help and version take no value", () => {
  const { flags, words } = parseCommandLine(["-h", "a", "--version", "b"], KNOWN);
  assertEquals([...flags.keys()], ["help", "version"]);
  assertEquals(words, ["a", "b"]);
});

Deno.test("a flag given several times keeps every value in order", () => {
  assertEquals(parseCommandLine(["--a", "1", "--a=2", "--a"], KNOWN).flags.get("a"), [
    "1",
    "2",
    undefined,
  ]);
});

Deno.test("a switch stands alone, and takes no word that follows it", () => {
  const { flags, words } = parseCommandLine(["status", "--s", "a", "--a", "1"], KNOWN);
  assertEquals(Object.fromEntries(flags), { a: ["1"], s: ["true"] });
  assertEquals(words, ["status", "a"]);
});
