import { assert, assertEquals } from "@std/assert";
import { ChangeTries } from "../../../mod/pure/node_gate/change_tries.ts";
import { RightTries } from "../../../mod/pure/node_gate/right_tries.ts";
import { WEB_NODE as NODE } from "./due_images.ts";

Deno.test("a change that was made is made until the node is seen anew, some seconds later", () => {
  const tries = new ChangeTries(new RightTries("nodes"));
  assert(tries.waitMs(NODE, 0) <= 0);
  tries.made(NODE, 1_000);
  assertEquals(tries.waitMs(NODE, 60_999), Infinity);
  assertEquals(tries.waitMs({ ...NODE }, 1_000), 10_000);
  assertEquals(tries.waitMs({ ...NODE }, 11_000), 0);
});

Deno.test("a change that is not seen for a minute is no longer taken for made", () => {
  const tries = new ChangeTries(new RightTries("nodes"));
  tries.made(NODE, 1_000);
  assert(tries.waitMs(NODE, 61_000) <= 0);
});

Deno.test("a right that is missing is asked for once for all nodes, and granted to all at once", () => {
  const right = new RightTries("nodes");
  const [one, other] = [new ChangeTries(right), new ChangeTries(right)];
  const most = () => 1;
  one.lackRight("grant patch", 0, most);
  other.lackRight("grant patch", 5, most); // it was asked at the same time
  assertEquals([one.waitMs(NODE, 0), other.waitMs(NODE, 0)], [1e4, 1e4]);
  assertEquals([one.refused, other.refused], ["grant patch", "grant patch"]);
  other.lackRight("grant patch", 1e4, most);
  assertEquals(one.waitMs(NODE, 1e4), 2e4);
  other.made(NODE, 3e4);
  assert(one.waitMs(NODE, 3e4) <= 0);
  assertEquals(one.refused, undefined);
});

Deno.test("failures double the pause up to ten seconds, refusals up to a minute", () => {
  const pauses = (fail: (tries: ChangeTries) => void) => {
    const tries = new ChangeTries(new RightTries("nodes"));
    return Array.from({ length: 6 }, () => {
      fail(tries);
      return tries.waitMs(NODE, 0);
    });
  };
  const most = () => 1;
  assertEquals(pauses((tries) => tries.failed(0, most)), [1e3, 2e3, 4e3, 8e3, 1e4, 1e4]);
  assertEquals(pauses((tries) => tries.refuse("no", 0, most)), [1e4, 2e4, 4e4, 6e4, 6e4, 6e4]);
});

Deno.test("what was refused is so until the next try says else", () => {
  const tries = new ChangeTries(new RightTries("nodes"));
  tries.refuse("grant patch", 0, () => 0);
  assertEquals(tries.refused, "grant patch");
  tries.failed(0, () => 0);
  assertEquals([tries.refused, tries.mayBeDone], [undefined, true]);
  tries.made(NODE, 0);
  assertEquals(tries.mayBeDone, false);
});
