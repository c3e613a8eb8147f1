import { assertEquals } from "@std/assert";
import { choosePullWay } from "../../../mod/pure/pulls/pull_way.ts";

const best = {
  version: { client: "2.3.7", server: "2.4.2" },
  isAhead: true,
  reachesRelay: true,
  snapshotter: "overlayfs",
};

Deno.test("what the relay has at hand goes by a daemon 2.x that reaches it", () => {
  assertEquals(choosePullWay(best), "daemon");
});

for (
  const [what, change] of [
    ["a daemon 1.x", { version: { client: "2.3.7", server: "1.7.24" } }],
    ["a client 1.x", { version: { client: "1.7.24", server: "2.3.7" } }],
    ["bytes that have yet to arrive", { isAhead: false }],
    ["a daemon that does not reach the relay", { reachesRelay: false }],
    ["another snapshotter than the daemon's", { snapshotter: "native" }],
  ] as const
) {
  Deno.test(`a pull goes by the client with ${what}`, () => {
    assertEquals(choosePullWay({ ...best, ...change }), "client");
  });
}
