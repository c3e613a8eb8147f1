import { assertEquals } from "@std/assert";
import { lockDrift } from "./lock_drift.ts";

const COMMITTED = {
  version: "5",
  specifiers: { "npm:yaml@2.9.1": "2.9.1" },
  npm: { "yaml@2.9.1": { integrity: "sha512-a" } },
};
const FULL = {
  ...COMMITTED,
  specifiers: { "jsr:@std/cli@1.0.32": "1.0.32", ...COMMITTED.specifiers },
  jsr: { "@std/cli@1.0.32": { integrity: "b" } },
};

Deno.test("a lock may gain what JSR alone can tell", () => {
  assertEquals(lockDrift(COMMITTED, FULL), []);
  assertEquals(lockDrift(FULL, FULL), []);
});

Deno.test("a lock that gains, loses or changes anything else has drifted", () => {
  const drift = (changed: object) => lockDrift(FULL, { ...FULL, ...changed });
  const yaml = (integrity: string) => ({ "yaml@2.9.1": { integrity } });
  assertEquals(drift({ npm: yaml("sha512-c") }), [
    'npm "yaml@2.9.1": {"integrity":"sha512-a"} → {"integrity":"sha512-c"}',
  ]);
  assertEquals(drift({ npm: { ...FULL.npm, "nats@2": {} } }), ['npm "nats@2": undefined → {}']);
  assertEquals(drift({ specifiers: COMMITTED.specifiers }), [
    'specifiers "jsr:@std/cli@1.0.32": "1.0.32" → undefined',
  ]);
  assertEquals(drift({ jsr: { "@std/cli@1.0.32": { integrity: "d" } } }), [
    'jsr "@std/cli@1.0.32": {"integrity":"b"} → {"integrity":"d"}',
  ]);
});
