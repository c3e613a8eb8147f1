import { assertEquals } from "@std/assert";
import { withoutUnset } from "../../mod/pure/without_unset.ts";

Deno.test("fields that are undefined are left out, other empty values stay", () => {
  const value = { a: undefined, b: null, c: false, d: 0, e: "", f: [] };
  assertEquals<unknown>(withoutUnset(value), { b: null, c: false, d: 0, e: "", f: [] });
});

Deno.test("the order of fields stays, so that equal values have equal JSON", () => {
  const text = JSON.stringify(withoutUnset({ z: 1, y: undefined, a: 2 }));
  assertEquals(text, '{"z":1,"a":2}');
});

Deno.test("the result fits types with exact optional fields", () => {
  const size = (bytes: number | undefined): { v: 1; bytes?: number } =>
    withoutUnset({ v: 1, bytes });
  assertEquals(size(undefined), { v: 1 });
  assertEquals(size(7), { v: 1, bytes: 7 });
});
