import { assertEquals } from "@std/assert";
import { readMarks } from "../../../mod/pure/objects/marks.ts";

const faultsOf = (annotations: Record<string, string>, labels: Record<string, string> = {}) =>
  readMarks({ metadata: { annotations, labels } }).faults.map(({ field, why }) =>
    `${field}: ${why}`
  );

Deno.test("a mark that is misspelt is told, with those that there are", () => {
  const told = "there is no such mark, only skip, priority, nodes, also, watch, list, private";
  assertEquals(faultsOf({ "warm-images/prio": "high" }, { "warm-images/ignore": "true" }), [
    `warm-images/prio: ${told}`,
    `warm-images/ignore: ${told}`,
  ]);
  assertEquals(faultsOf({ "example.com/prio": "high", "warm-images.io/x": "y" }), []);
});

Deno.test("what the chart itself says of its pods is no misspelt mark", () => {
  assertEquals(faultsOf({ "warm-images/config": "1", "warm-images/logins": "2" }), []);
});

Deno.test("a mark to skip that is neither true nor false is told, as it skips nothing", () => {
  assertEquals(faultsOf({ "warm-images/skip": "yes" }), [
    "warm-images/skip: it is neither true nor false",
  ]);
  for (const value of ["true", "false"]) assertEquals(faultsOf({ "warm-images/skip": value }), []);
});
