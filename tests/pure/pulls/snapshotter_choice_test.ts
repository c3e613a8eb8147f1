import { assertEquals } from "@std/assert";
import { choosePullWay } from "../../../mod/pure/pulls/pull_way.ts";
import { parseContainer, parseContainers } from "../../../mod/pure/pulls/container_output.ts";
import {
  containersToAsk,
  snapshotterOf,
  startsLazily,
} from "../../../mod/pure/pulls/snapshotter_choice.ts";

/** As ctr 1.7 and 2.3 print it. */
const LISTED = `CONTAINER    IMAGE                      RUNTIME
a1           registry.example/a:1       io.containerd.runc.v2
b2           -                          io.containerd.kata.v2
c3           registry.example/a:1       io.containerd.runc.v2

`;

Deno.test("containers of the usual runtime are asked about", () => {
  const listed = parseContainers(LISTED);
  assertEquals(listed.map(({ id }) => id), ["a1", "b2", "c3"]);
  assertEquals(containersToAsk(listed), ["a1", "c3"]);
});

Deno.test("some of many containers are asked about, and none of none", () => {
  const many = Array.from({ length: 300 }, (_, index) => ({ id: `c${index}`, runtime: "runc" }));
  assertEquals(containersToAsk(many).length, 8);
  assertEquals(containersToAsk([]), []);
});

Deno.test("what cannot be an id does not become an argument", () => {
  assertEquals(parseContainers("CONTAINER IMAGE RUNTIME\n--all image runtime\n"), []);
});

Deno.test("a record is read by what it says, wherever it says it", () => {
  const record = { ID: "a1", Spec: {}, Snapshotter: "native", CreatedAt: "2026-11-26T21:04:01Z" };
  assertEquals(parseContainer(JSON.stringify(record, null, 4)), {
    snapshotter: "native",
    createdAt: "2026-11-26T21:04:01Z",
  });
  for (const other of ["", "{", "[]", '{"Snapshotter": 1}']) {
    assertEquals(parseContainer(other), undefined, other);
  }
});

const record = (snapshotter: string, minute: number) => ({
  snapshotter,
  createdAt: `2026-11-26T21:${String(minute).padStart(2, "0")}:00.5Z`,
});

for (
  const [what, records, expected] of [
    ["no containers", [], undefined],
    ["a container whose image is none of containerd's", [record("", 1)], undefined],
    ["one container", [record("native", 1)], "native"],
    [
      "containers from before a change, and newer ones",
      [1, 2, 3, 4].map((minute) => record("overlayfs", minute))
        .concat([7, 6].map((minute) => record("zfs", minute))),
      "zfs",
    ],
    ["one new container that differs", [
      record("overlayfs", 1),
      record("overlayfs", 2),
      record("devmapper", 3),
    ], "overlayfs"],
  ] as const
) {
  Deno.test(`${what}: ${expected}`, () => {
    assertEquals(snapshotterOf(records), expected);
  });
}

Deno.test("lazy snapshotters are known by their usual names, and by nothing else", () => {
  assertEquals(["stargz", "soci", "nydus", "overlaybd"].every(startsLazily), true);
  assertEquals(["overlayfs", "native", "zfs", "toString"].some(startsLazily), false);
});

Deno.test("the daemon pulls for the default snapshotter alone", () => {
  const version = { client: "2.3.7", server: "2.3.7" };
  const way = (snapshotter?: string) =>
    choosePullWay({ version, isAhead: true, reachesRelay: true, snapshotter });
  assertEquals([way(), way("overlayfs"), way("native")], ["daemon", "daemon", "client"]);
});
