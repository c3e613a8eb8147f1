import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  adviceOn,
  isLeaseId,
  nobodyListens,
  parseChecks,
  parseDownloads,
  parseLeases,
  parseNames,
  parseSize,
  parseSnapshots,
  parseVersions,
} from "../../../mod/pure/pulls/ctr_output.ts";

const digest = `sha256:${"ab".repeat(32)}`;

Deno.test("versions are read from every ctr", () => {
  // ctr 1.6.20 with its own daemon; 2.1.9 leaves the revision empty
  assertEquals(
    parseVersions(
      "Client:\n  Version:  1.6.20~ds1\n  Revision: 1.6.20~ds1-1+deb12u3\n  Go version: go1.19.8\n" +
        "\nServer:\n  Version:  2.1.9+unknown\n  Revision: \n  UUID: 91b99a86\n",
    ),
    { client: "1.6.20~ds1", server: "2.1.9+unknown" },
  );
});

Deno.test("versions that are not there are not made up", () => {
  assertEquals(parseVersions(""), undefined);
  assertEquals(parseVersions("Client:\n  Version:  1.6.20\n"), undefined);
  assertEquals(parseVersions("Server:\n  Version:  1.6.20\n"), undefined);
  assertEquals(parseVersions("Client:\n\nServer:\n  Version:  1.6.20\n"), undefined);
});

Deno.test("what to do about a silent containerd follows from what ctr says", () => {
  const dial =
    'connection error: desc = "transport: Error while dialing: dial unix /r/c.sock: connect:';
  for (
    const [said, advice] of [
      [`failed to dial "/r/c.sock": ${dial} permission denied"`, "run as root"],
      [`rpc error: code = Unavailable desc = ${dial} permission denied"`, "run as root"],
      ["cannot access socket /r/c.sock: stat /r/c.sock: permission denied", "run as root"],
      [
        "cannot access socket /r/c.sock: stat /r/c.sock: no such file or directory",
        "--containerd-address",
      ],
      [
        'failed to dial "/r/c.sock": context deadline exceeded: connection error: desc = "transport: error while dialing: dial unix:///r/c.sock: timeout"',
        "--containerd-address",
      ],
      [`failed to list images: ${dial} connection refused"`, "check that it runs"],
    ] as const
  ) assertStringIncludes(adviceOn(said), advice);
});

Deno.test("names are read line by line", () => {
  assertEquals(parseNames("a/b:1\nsha256:cafe\n\n"), ["a/b:1", "sha256:cafe"]);
  assertEquals(parseNames(""), []);
});

Deno.test("checks are read by row", () => {
  // printed by 1.6.20, 1.7.24 and 2.1.9 alike; discarded layers: after a pull by kubelet
  const oci = "application/vnd.oci.image.manifest.v1+json";
  const stdout = [
    "REF     TYPE   DIGEST   STATUS          SIZE                UNPACKED ",
    `r/ok:1  ${oci} ${digest} complete (4/4)    31.6 MiB/31.6 MiB true`,
    `r/thin:1 ${oci} ${digest} incomplete (1/6)  2.1 KiB/1.2 GiB true`,
    `r/kill:1 ${oci} ${digest} incomplete (3/6) 11.0 MiB/50.1 MiB false`,
    `r/arm:1 application/vnd.oci.image.index.v1+json ${digest} unavailable (0/?) 0.0 B/?         false`,
    "",
  ].join("\n");
  const stderr =
    'time="now" level=error msg="unable to check unpack for r/arm:1" error="no match"\n' +
    `ctr: unable to check unpack for r/arm:1: no match for platform in manifest ${digest}: not found\n`;
  assertEquals([...parseChecks(stdout, stderr)], [
    ["r/ok:1", {
      unpacked: true,
      platform: true,
      content: "complete (4/4)",
      bytes: 33135002,
      digest,
    }],
    ["r/thin:1", {
      unpacked: true,
      platform: true,
      content: "incomplete (1/6)",
      bytes: 1288490189,
      digest,
    }],
    [
      "r/kill:1",
      { unpacked: false, platform: true, content: "incomplete (3/6)", bytes: 52533658, digest },
    ],
    ["r/arm:1", {
      unpacked: false,
      platform: false,
      content: "unavailable (0/?)",
      bytes: undefined,
      digest,
    }],
  ]);
});

Deno.test("a platform is missing only for the image that is named", () => {
  const row = (name: string) => `${name} t ${digest} unavailable (0/?) 0.0 B/? false`;
  const stderr = "ctr: unable to check unpack for r/arm:10: no match for platform in manifest";
  const checked = parseChecks([row("r/arm:1"), row("r/arm:10")].join("\n"), stderr);
  assertEquals(checked.get("r/arm:1")?.platform, true);
  assertEquals(checked.get("r/arm:10")?.platform, false);
});

Deno.test("rows that are no rows are skipped", () => {
  assertEquals(parseChecks("REF TYPE\nnonsense\nr/x:1 t sha256:1 complete (1/1)\n", "").size, 0);
});

Deno.test("sizes are binary", () => {
  assertEquals(parseSize("0.0 B"), 0);
  assertEquals(parseSize("1.5 KiB"), 1536);
  assertEquals(parseSize("2 GiB"), 2 * 1024 ** 3);
  assertEquals(parseSize("?"), undefined);
  assertEquals(parseSize("1.0 furlong"), undefined);
});

Deno.test("downloads are read with the least age they can have", () => {
  const stdout = "REF\t\t\tSIZE\tAGE\t\t\n" +
    "layer-sha256:a\t2.097MB\t1 second\t\nlayer-sha256:b\t0B\tLess than a second\t\n" +
    "config-sha256:c\t1.2kB\tAbout a minute\t\nlayer-sha256:d\t1GB\tAbout an hour\t\n" +
    "layer-sha256:e\t1GB\t3 hours\t\nlayer-sha256:f\t1GB\tages\t\n";
  assertEquals(parseDownloads(stdout), [
    { ref: "layer-sha256:a", size: "2.097MB", ageSeconds: 1 },
    { ref: "layer-sha256:b", size: "0B", ageSeconds: 0 },
    { ref: "config-sha256:c", size: "1.2kB", ageSeconds: 60 },
    { ref: "layer-sha256:d", size: "1GB", ageSeconds: 3600 },
    { ref: "layer-sha256:e", size: "1GB", ageSeconds: 10_800 },
    { ref: "layer-sha256:f", size: "1GB", ageSeconds: 604_800 },
  ]);
  assertEquals(parseDownloads("REF\tSIZE\tAGE\t\n"), []);
});

Deno.test("snapshots tell what is being unpacked and how much is done", () => {
  const stdout = "KEY PARENT KIND\nsha256:a  Committed\nsha256:b sha256:a Committed\n" +
    "extract-603104445-CG6m sha256:c sha256:b Active\n0f1e2d sha256:b Active\n";
  assertEquals(parseSnapshots(stdout), {
    layers: ["extract-603104445-CG6m"],
    committed: ["sha256:a", "sha256:b"],
  });
  assertEquals(parseSnapshots(""), { layers: [], committed: [] });
});

Deno.test("nobody listens where connections are refused or the socket is missing", () => {
  const dead = [
    'failed to dial "S": connection error: desc = "transport: error while dialing: dial unix S: connect: connection refused"',
    'failed to list images: connection error: desc = "transport: Error while dialing: dial unix S: connect: connection refused"',
    'connection error: desc = "transport: Error while dialing: dial unix S: connect: connection refused"',
    "cannot access socket S: stat S: no such file or directory",
    'failed to dial "S": context deadline exceeded: connection error: desc = "transport: error while dialing: dial unix://S: timeout"',
  ];
  const alive = [
    'failed to dial "S": context deadline exceeded: connection error: desc = "error reading server preface: read unix @->S: use of closed network connection"',
    'connection error: desc = "error reading server preface: raw-read unix @->S: use of closed network connection"',
    "failed to dial S: context deadline exceeded: timed out waiting for server handshake",
    'connection error: desc = "transport: Error while dialing: dial unix S: connect: permission denied"',
    "failed to do request: dial tcp 10.0.0.1:443: connect: connection refused",
  ];
  for (const said of dead) assertEquals(nobodyListens(said), true, said);
  for (const said of alive) assertEquals(nobodyListens(said), false, said);
});

Deno.test("leases of pulls are read, in every ctr's words", () => {
  const header =
    "ID             CREATED AT           LABELS                                       \n";
  const row = "723142337-6u_g 2026-11-26T22:11:37Z containerd.io/gc.expire=2026-11-27T22:11:37Z \n";
  const createdAt = Date.parse("2026-11-26T22:11:37Z");
  assertEquals(parseLeases(header + row), [{ id: "723142337-6u_g", createdAt }]);
  const across = row.replace("T22:11:37Z ", "T22:11:38Z ");
  assertEquals(parseLeases(header + across), [{
    id: "723142337-6u_g",
    createdAt: createdAt + 1000,
  }]);
  assertEquals(parseLeases("ID CREATED AT LABELS \n"), []);
});

Deno.test("leases that no pull makes are none of a pull", () => {
  const header = "ID CREATED AT LABELS\n";
  const day = "containerd.io/gc.expire=2026-11-27T22:11:37Z";
  for (
    const row of [
      `buildkit-cache 2026-11-26T22:11:37Z ${day}`,
      "723142337-6u_g 2026-11-26T22:11:37Z",
      "723142337-6u_g 2026-11-26T22:11:37Z containerd.io/gc.expire=2026-11-26T23:11:37Z",
      `723142337-6u_g 2026-11-26T22:11:37Z buildkit/lease.temporary=,${day}`,
      `723142337-6u_g some day ${day}`,
      `--help-6u_g 2026-11-26T22:11:37Z ${day}`,
    ]
  ) assertEquals(parseLeases(header + row), [], row);
  assertEquals(["723142337-m0-z", "1-____"].map(isLeaseId), [true, true]);
  assertEquals(
    ["", "-1-abcd", "1-abcde", "1234567890-abcd", "../../x-abcd"].some(isLeaseId),
    false,
  );
});
