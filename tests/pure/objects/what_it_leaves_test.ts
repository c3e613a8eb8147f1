import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { BUILT_IN_KINDS, CLUSTER_KINDS } from "../../../mod/pure/objects/kinds.ts";
import { KNOWN_KINDS } from "../../../mod/pure/objects/known_kinds.ts";
import { whatItLeaves } from "../../../mod/pure/objects/what_it_leaves.ts";

const KINDS = [...BUILT_IN_KINDS, ...CLUSTER_KINDS, ...KNOWN_KINDS];

Deno.test("an object that is marked to be skipped leaves that it is, as what it owns is skipped with it", () => {
  const [deployment] = KINDS;
  const metadata = { name: "web", labels: { "warm-images/skip": "true" } };
  const left = deployment && whatItLeaves({ metadata, spec: {} }, deployment);
  assertEquals(left?.type === "workload" && left.workload.skip, true);
});

Deno.test("any shape of an object of any kind is judged without an error", () => {
  const part = fc.oneof(fc.anything(), fc.record({ ownerReferences: fc.anything() }));
  const raw = fc.record({ metadata: part, spec: part, status: part, data: part });
  fc.assert(fc.property(raw, fc.constantFrom(...KINDS), (raw, kind) => {
    whatItLeaves(raw, kind);
  }));
});
