import { assertEquals } from "@std/assert";
import { concatBytes } from "../../mod/pure/concat_bytes.ts";

Deno.test("chunks are joined in their order, and none make an empty array", () => {
  const chunks = [[1, 2], [], [3]].map((bytes) => new Uint8Array(bytes));
  assertEquals(concatBytes(chunks), new Uint8Array([1, 2, 3]));
  assertEquals(concatBytes([]), new Uint8Array());
});
