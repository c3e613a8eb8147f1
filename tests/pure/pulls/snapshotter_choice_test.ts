import { assertEquals } from "@std/assert";
import { choosePullWay } from "../../../mod/pure/pulls/pull_way.ts";
import { parseContainer, parseContainers } from "../../../mod/pure/pulls/container_output.ts";
import {
  containersToAsk,
  findSnapshotter,
  startsLazily,
} from "../../../mod/pure/pulls/snapshotter_choice.ts";

const RUNC = "io.containerd.runc.v2";
/** As ctr 1.7 and 2.3 print it. */
const LISTED = `CONTAINER    IMAGE                      RUNTIME
a1           registry.example/a:1       io.containerd.runc.v2
b2           -                          io.containerd.kata.v2
c3           registry.example/a:1       io.containerd.runc.v2

`;

Deno.test("containers of the usual runtime are asked about", () => {
  const listed = parseContainers(LISTED);
  assertEquals(listed.map(({ id }) => id), ["a1", "b2", "c3"]);
  assertEquals(containersToAsk(listed), { runtime: RUNC, ids: ["a1", "c3"] });
});

Deno.test("some of many containers are asked about, and none of none", () => {
  const many = Array.from({ length: 300 }, (_, index) => ({ id: `c${index}`, runtime: "runc" }));
  assertEquals(containersToAsk(many).ids.length, 8);
  assertEquals(containersToAsk([]), { runtime: undefined, ids: [] });
});

Deno.test("the runtime that was the usual one stays so for as long as it is there", () => {
  const runtimes = (...names: string[]) =>
    names.map((runtime, index) => ({ id: `c${index}`, runtime }));
  const kata = "io.containerd.kata.v2";
  assertEquals(containersToAsk(runtimes(kata, kata, RUNC), RUNC).ids, ["c2"]);
  assertEquals(containersToAsk(runtimes(kata, kata), RUNC).runtime, kata);
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
    assertEquals(findSnapshotter(records), { name: expected, others: [] });
  });
}

/** Records of containers, the oldest first. */
const inTurn = (text: string) => text.split(" ").map((name, index) => record(name, index));

for (
  const [what, names, expected] of [
    ["what newer containers use, once there are three", "zfs zfs native native native", "native"],
    ["what was known, with two newer ones", "zfs zfs zfs native native", "zfs"],
    ["what was known, as others alternate with it", "zfs native zfs native native native", "zfs"],
    ["what was known, as others are older", "native native native zfs", "zfs"],
    ["what there is, where nobody uses what was known", "native", "native"],
  ] as const
) {
  Deno.test(`once a snapshotter is known it is ${what}`, () => {
    assertEquals(findSnapshotter(inTurn(names), "zfs").name, expected);
  });
}

Deno.test("snapshotters that alternate are several, those that follow each other are not", () => {
  const others = (names: string, before?: string) => findSnapshotter(inTurn(names), before).others;
  assertEquals(others("zfs native zfs native"), ["zfs"]);
  assertEquals(others("zfs native zfs native", "zfs"), ["native"]);
  assertEquals(others("zfs zfs native native", "zfs"), []);
});

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
