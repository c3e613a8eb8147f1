import { assertEquals, assertThrows } from "@std/assert";
import {
  contentRemovalArguments,
  fetchArguments,
  imageRemovalArguments,
  leasesRemovalArguments,
} from "../../../mod/pure/pulls/bytes_arguments.ts";
import { parseLeaseRows } from "../../../mod/pure/pulls/ctr_output.ts";

const target = { address: "/run/c.sock", namespace: "warm-images" };
const connection = ["-a", "/run/c.sock", "--connect-timeout", "5s", "-n", "warm-images"];
const reference = "registry.example/app:1";
const hostsDir = "/run/relay/pulls/1";

for (
  const [client, flags] of [
    ["1.6.20~ds1", []],
    ["1.7.24~ds1", []],
    ["2.4.2+unknown", ["--skip-metadata"]],
  ] as const
) {
  Deno.test(`ctr ${client} fetches bytes with [${flags.join(" ")}], and never by the daemon`, () => {
    const version = { client, server: "2.4.2" };
    assertEquals(
      fetchArguments(reference, { ...target, version, hostsDir }),
      [...connection, "content", "fetch", "--hosts-dir", hostsDir, ...flags, reference],
    );
    const other = fetchArguments(reference, {
      ...target,
      version,
      hostsDir,
      platform: "linux/386",
    });
    assertEquals(other[other.indexOf("--platform") + 1], "linux/386");
  });
}

Deno.test("nothing that is no name becomes an argument of a removal", () => {
  for (const make of [imageRemovalArguments, leasesRemovalArguments, contentRemovalArguments]) {
    assertThrows(() => make(["--all", reference], target), RangeError);
    assertEquals(make([reference], target).at(-1), reference);
  }
});

Deno.test("leases are read whatever their form", () => {
  const rows = [
    "ID CREATED AT LABELS",
    "of-nobody 2026-11-26T22:11:37Z",
    "1-abcd 2026-11-26T22:11:38Z containerd.io/gc.expire=2026-11-27T22:11:38Z",
    "no-time at-all",
  ];
  const read = parseLeaseRows(rows.join("\n"));
  assertEquals(read.map(({ id, createdAt }) => [id, new Date(createdAt).toISOString()]), [
    ["of-nobody", "2026-11-26T22:11:37.000Z"],
    ["1-abcd", "2026-11-26T22:11:38.000Z"],
  ]);
});
