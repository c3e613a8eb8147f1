import { assertEquals } from "@std/assert";
import {
  readSecret,
  readWorkload,
  writeSecret,
} from "../../../mod/adapters/kubernetes/secret_record.ts";

const NOTHING = { texts: {}, annotations: {}, version: "" };

Deno.test("what is written is read again, whatever letters it has", () => {
  const texts = { password: "grüße 東京\n", empty: "" };
  const written = writeSecret(
    { name: "a", namespace: "b" },
    { texts, annotations: { kept: "1", gone: null } },
  );
  assertEquals(readSecret(written), { texts, annotations: { kept: "1" }, version: "" });
});

Deno.test("a patch is for the version that was read, and takes annotations away", () => {
  const { metadata } = writeSecret(
    { name: "a", namespace: "b", version: "7" },
    { texts: {}, annotations: { gone: null } },
  ) as { metadata: Record<string, unknown> };
  assertEquals([metadata["resourceVersion"], metadata["annotations"]], ["7", { gone: null }]);
});

Deno.test("Argo CD cannot take a made Secret for one of its application's", () => {
  const { metadata } = writeSecret(
    { name: "a", namespace: "b" },
    { texts: {}, annotations: {} },
  ) as { metadata: { readonly labels: Record<string, string> } };
  assertEquals(Object.keys(metadata.labels), ["app.kubernetes.io/managed-by"]);
});

Deno.test("a Secret of another shape reads as empty", () => {
  for (const raw of [undefined, null, "text", [], {}, { data: [1], metadata: "x" }]) {
    assertEquals(readSecret(raw), NOTHING);
  }
  assertEquals(readSecret({ data: { a: "no base64!", b: "Yg==" } }).texts, { b: "b" });
});

Deno.test("a workload that is being deleted is told from one that stays", () => {
  const annotations = { "warm-images/logins": "r1" };
  const spec = { template: { metadata: { annotations } } };
  assertEquals(readWorkload({ spec }), { annotations, ends: false });
  const metadata = { deletionTimestamp: "2026-01-01T00:00:00Z" };
  assertEquals(readWorkload({ metadata }), { annotations: {}, ends: true });
});
