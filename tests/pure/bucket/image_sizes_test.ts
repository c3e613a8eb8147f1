import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { ImageSizes } from "../../../mod/pure/bucket/image_sizes.ts";

const APP = "reg.lab/app:1";

Deno.test("the largest size that a node reports counts", () => {
  const sizes = new ImageSizes();
  for (const bytes of [90, 100, 90]) sizes.reported(APP, bytes);
  assertEquals(sizes.get(APP), 100);
});

Deno.test("an entry is never made smaller, in whatever order a new controller reads", () => {
  for (const order of [["stored", "reported"], ["reported", "stored"]] as const) {
    const sizes = new ImageSizes();
    for (const step of order) sizes[step](APP, step === "stored" ? 100 : 90);
    assertEquals(sizes.get(APP), 100);
  }
});

Deno.test("what another controller made larger stays so", () => {
  const sizes = new ImageSizes();
  for (const bytes of [100, 105, 100]) sizes.stored(APP, bytes);
  assertEquals(sizes.get(APP), 105);
});

Deno.test("what grows by less than a tenth rewrites no entry", () => {
  const sizes = new ImageSizes();
  sizes.stored(APP, 100);
  assertEquals([sizes.reported(APP, 109), sizes.get(APP)], [false, 100]);
  assertEquals([sizes.reported(APP, 120), sizes.get(APP)], [true, 120]);
  assertEquals([sizes.reported(APP, 125), sizes.get(APP)], [false, 120]);
});

Deno.test("whatever nodes report, an entry changes a few times at most and never shrinks", () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 1e12 })), (reports) => {
    const sizes = new ImageSizes();
    const entries = new Set<number>();
    let last = 0;
    for (const bytes of reports) {
      sizes.reported(APP, bytes);
      const now = sizes.get(APP) ?? 0;
      assertEquals(now >= last, true);
      entries.add(last = now);
    }
    assertEquals(entries.size <= Math.log(1e12) / Math.log(1.1) + 1, true);
  }));
});

Deno.test("a size that no image has is not believed", () => {
  const sizes = new ImageSizes();
  for (const bytes of [0, -1, NaN, Infinity, 2 ** 41]) sizes.reported(APP, bytes);
  assertEquals(sizes.get(APP), undefined);
});

Deno.test("sizes of images that are not known any more are forgotten", () => {
  const sizes = new ImageSizes();
  sizes.reported(APP, 1);
  sizes.reported("reg.lab/old:1", 1);
  sizes.prune((reference) => reference === APP);
  assertEquals([sizes.get(APP), sizes.get("reg.lab/old:1")], [1, undefined]);
});
