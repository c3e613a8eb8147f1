import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  argumentFault,
  checkArguments,
  eventsArguments,
  listArguments,
  pullArguments,
  snapshotsArguments,
} from "../../../mod/pure/pulls/ctr_arguments.ts";
import type { PullWay } from "../../../mod/pure/pulls/pull_way.ts";

const target = { address: "/run/c.sock", namespace: "k8s.io" };
const reference = "registry.example/app:1";
const connection = ["-a", "/run/c.sock", "--connect-timeout", "5s", "-n", "k8s.io"];

/** Flags per client and way, as measured on Debian's packages. */
const flagsOf: readonly (readonly [client: string, way: PullWay, flags: readonly string[]])[] = [
  ["1.6.20~ds1", "client", []],
  ["1.7.24~ds1", "client", []],
  ["2.1.9+unknown", "daemon", ["--skip-metadata"]],
  ["2.0.0", "client", ["--local", "--skip-metadata"]],
  ["10.2.0", "client", ["--local", "--skip-metadata"]],
  ["(devel)", "daemon", ["--skip-metadata"]],
];

for (const [client, way, flags] of flagsOf) {
  Deno.test(`ctr ${client} pulls by the ${way} with [${flags.join(" ")}]`, () => {
    const version = { client, server: "2.1.9" };
    assertEquals(
      pullArguments(reference, { ...target, version, way }),
      [...connection, "images", "pull", ...flags, reference],
    );
  });
}

Deno.test("a pull names the hosts folder if there is one", () => {
  const version = { client: "1.7.24", server: "1.7.24" };
  const args = pullArguments(reference, {
    ...target,
    version,
    way: "client",
    hostsDir: "/etc/certs.d",
  });
  assertEquals(args.slice(-3), ["--hosts-dir", "/etc/certs.d", reference]);
  assert(
    !pullArguments(reference, { ...target, version, way: "client", hostsDir: "" }).includes(
      "--hosts-dir",
    ),
  );
});

Deno.test("a check asks for its images only", () => {
  assertEquals(checkArguments([reference, "[::1]:5000/x@sha256:ab"], target), [
    ...connection,
    "images",
    "check",
    `name=="${reference}"`,
    `name=="[::1]:5000/x@sha256:ab"`,
  ]);
});

Deno.test("only another snapshotter than the default one is named", () => {
  const version = { client: "2.3.7", server: "2.3.7" };
  const argumentsFor = (snapshotter: string) =>
    [
      pullArguments(reference, { ...target, version, way: "client", snapshotter }),
      checkArguments([reference], target, snapshotter),
      snapshotsArguments(target, snapshotter),
    ].map((args) => args.slice(connection.length).join(" "));
  assertEquals(argumentsFor("overlayfs"), [
    `images pull --local --skip-metadata ${reference}`,
    `images check name=="${reference}"`,
    "snapshots ls",
  ]);
  assertEquals(argumentsFor("native"), [
    `images pull --snapshotter native --local --skip-metadata ${reference}`,
    `images check --snapshotter native name=="${reference}"`,
    "snapshots --snapshotter native ls",
  ]);
});

Deno.test("events are those of our namespace, and of few topics", () => {
  const filters = eventsArguments({ ...target, namespace: "other" }).slice(-4);
  assertEquals(filters, [
    `topic=="/images/create",namespace=="other"`,
    `topic=="/images/update",namespace=="other"`,
    `topic=="/images/delete",namespace=="other"`,
    `topic=="/containers/create",namespace=="other"`,
  ]);
});

Deno.test("a list wants names only", () => {
  assertEquals(listArguments(target).slice(-3), ["images", "ls", "-q"]);
});

for (const bad of ["-h", "--all-platforms", "", "a b", 'a"b', "a,b", "a\\b", "a\nb", "a\u0000b"]) {
  Deno.test(`${JSON.stringify(bad)} is refused as an argument`, () => {
    assert(argumentFault(bad) !== undefined);
    const version = { client: "1.7.24", server: "1.7.24" };
    assertThrows(
      () => pullArguments(bad, { ...target, version, way: "client" }),
      RangeError,
      "Cannot hand over",
    );
    assertThrows(() => checkArguments([reference, bad], target), RangeError);
  });
}

Deno.test("whatever is accepted is no option and stays inside its filter", () => {
  fc.assert(fc.property(fc.string(), (text) => {
    if (argumentFault(text) !== undefined) return;
    assert(!text.startsWith("-"));
    assert(!/["\\\s,]/.test(text));
  }));
});
