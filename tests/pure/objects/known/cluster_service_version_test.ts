import { assertEquals } from "@std/assert";
import { object, workloadOf } from "../asked_by.ts";

function version(spec: Record<string, unknown>, labels: Record<string, string> = {}) {
  const metadata = { name: "a.v1", namespace: "x", labels };
  return object("operators.coreos.com/v1alpha1", "ClusterServiceVersion", { metadata, spec });
}

const RELATED = [{ name: "db", image: "example.com/db:1" }, { name: "bad", image: "Bad" }];

Deno.test("what an operator declares counts where users say so, and its deployments do not", () => {
  const template = { spec: { containers: [{ image: "example.com/operator:1" }] } };
  const install = { spec: { deployments: [{ name: "o", spec: { template } }] } };
  const workload = workloadOf(version({ relatedImages: RELATED, install }));
  assertEquals(workload?.shapes, []);
  assertEquals(workload?.faults, []);
  assertEquals(workload?.also, [
    {
      written: "example.com/db:1",
      reference: "example.com/db:1",
      container: "db",
      from: "related",
    },
  ]);
});

Deno.test("copies in other namespaces, and versions that declare nothing, are left out", () => {
  assertEquals(
    workloadOf(version({ relatedImages: RELATED }, { "olm.copiedFrom": "o" })),
    undefined,
  );
  assertEquals(workloadOf(version({})), undefined);
});
