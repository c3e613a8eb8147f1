import { assertEquals } from "@std/assert";
import { TestQueue } from "./test_order.ts";

Deno.test("so many clusters run at a time and no more, with other files beside them", () => {
  const files = ["a_e2e_test.ts", "b_e2e_test.ts", "c_real_test.ts", "d_real_test.ts"];
  const queue = new TestQueue(files, { mostClusters: 1 });
  assertEquals([queue.next(), queue.next()], ["a_e2e_test.ts", "c_real_test.ts"]);
  queue.ended("c_real_test.ts");
  assertEquals([queue.next(), queue.next()], ["d_real_test.ts", undefined]);
  queue.ended("a_e2e_test.ts");
  assertEquals([queue.next(), queue.next()], ["b_e2e_test.ts", undefined]);
});

Deno.test("what takes long begins before what does not", () => {
  const files = ["tests/a_e2e_test.ts", "tests/b_real_test.ts"];
  const long = ["tests/programs/images_real_test.ts", "tests/e2e/logins_e2e_test.ts"];
  const queue = new TestQueue([...files, ...long], { mostClusters: 9 });
  const order = [queue.next(), queue.next(), queue.next(), queue.next()];
  assertEquals(order, [...long.toReversed(), ...files]);
});
