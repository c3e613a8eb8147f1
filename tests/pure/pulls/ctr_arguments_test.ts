import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  argumentFault,
  checkArguments,
  eventsArguments,
  listArguments,
  pullArguments,
} from "../../../mod/pure/pulls/ctr_arguments.ts";

const target = { address: "/run/c.sock", namespace: "k8s.io" };
const reference = "registry.example/app:1";
const connection = ["-a", "/run/c.sock", "--connect-timeout", "5s", "-n", "k8s.io"];

/** Flags per pair of versions, as measured on Debian's packages. */
const flagsOf: readonly (readonly [client: string, server: string, flags: readonly string[]])[] = [
  ["1.6.20~ds1", "1.6.20~ds1", []],
  ["1.7.24~ds1", "1.7.24~ds1", []],
  ["v1.7.27", "1.6.20", []],
  ["1.7.24", "2.1.9+unknown", []],
  ["2.1.9+unknown", "2.1.9+unknown", ["--skip-metadata"]],
  ["2.0.0", "1.7.24~ds1", ["--local", "--skip-metadata"]],
  ["2.1.9", "1.6.20", ["--local", "--skip-metadata"]],
  ["3.0.0", "3.0.0", ["--skip-metadata"]],
  ["10.2.0", "1.7.24", ["--local", "--skip-metadata"]],
  ["(devel)", "(devel)", ["--skip-metadata"]],
];

for (const [client, server, flags] of flagsOf) {
  Deno.test(`ctr ${client} pulls from containerd ${server} with [${flags.join(" ")}]`, () => {
    assertEquals(
      pullArguments(reference, { ...target, version: { client, server } }),
      [...connection, "images", "pull", ...flags, reference],
    );
  });
}

/** A proxy or authorities that ctr was given: it fetches itself, whatever the daemon. */
const ownFlagsOf: readonly (readonly [client: string, server: string, flags: readonly string[]])[] =
  [
    ["1.6.20~ds1", "1.6.20~ds1", []],
    ["1.7.24", "2.1.9", []],
    ["2.1.9", "1.7.24", ["--local", "--skip-metadata"]],
    ["2.3.7", "2.1.9", ["--local", "--skip-metadata"]],
  ];

for (const [client, server, flags] of ownFlagsOf) {
  Deno.test(`ctr ${client} with a proxy of its own pulls from containerd ${server} itself`, () => {
    const version = { client, server };
    assertEquals(
      pullArguments(reference, { ...target, version, ownWay: true }),
      [...connection, "images", "pull", ...flags, reference],
    );
  });
}

Deno.test("a pull names the hosts folder if there is one", () => {
  const version = { client: "1.7.24", server: "1.7.24" };
  const args = pullArguments(reference, { ...target, version, hostsDir: "/etc/certs.d" });
  assertEquals(args.slice(-3), ["--hosts-dir", "/etc/certs.d", reference]);
  assert(!pullArguments(reference, { ...target, version, hostsDir: "" }).includes("--hosts-dir"));
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

Deno.test("events are those of our namespace", () => {
  assertEquals(
    eventsArguments({ ...target, namespace: "other" }).at(-1),
    [
      `topic=="/images/delete"`,
      `namespace=="other"`,
    ].join(","),
  );
});

Deno.test("a list wants names only", () => {
  assertEquals(listArguments(target).slice(-3), ["images", "ls", "-q"]);
});

for (const bad of ["-h", "--all-platforms", "", "a b", 'a"b', "a,b", "a\\b", "a\nb", "a\u0000b"]) {
  Deno.test(`${JSON.stringify(bad)} is refused as an argument`, () => {
    assert(argumentFault(bad) !== undefined);
    const version = { client: "1.7.24", server: "1.7.24" };
    assertThrows(() => pullArguments(bad, { ...target, version }), RangeError, "Cannot hand over");
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
