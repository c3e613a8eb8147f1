import { assertEquals } from "@std/assert";
import { faultsOf, imagesOf, object, placementsOf, workloadOf } from "../asked_by.ts";

function cluster(spec: Record<string, unknown>) {
  return object("postgresql.cnpg.io/v1", "Cluster", { spec });
}

Deno.test("a cluster wants its image and its extensions where its affinity says", () => {
  const raw = cluster({
    imageName: "example/postgresql:17",
    imagePullSecrets: [{ name: "s" }],
    priorityClassName: "db",
    postgresql: {
      extensions: [{ name: "pgvector", image: { reference: "example/vector:1" } }],
    },
    affinity: {
      nodeSelector: { pool: "db" },
      tolerations: [{ key: "db", operator: "Exists" }],
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: "disk", operator: "Exists" }] }],
        },
      },
    },
  });
  assertEquals(imagesOf(raw), [["example/postgresql:17", "example/vector:1"]]);
  assertEquals(placementsOf(raw)["example/postgresql:17"], {
    nodeSelector: { pool: "db" },
    affinity: [{ matchExpressions: [{ key: "disk", operator: "Exists" }] }],
    tolerations: [{ key: "db", operator: "Exists" }],
  });
  const [shape] = workloadOf(raw)?.shapes ?? [];
  assertEquals([shape?.pullSecrets, shape?.priorityClass], [["s"], "db"]);
});

Deno.test("a cluster whose image a catalog gives is no fault, a bad image is", () => {
  assertEquals(faultsOf(cluster({ imageCatalogRef: { major: 17 } })), []);
  assertEquals(faultsOf(cluster({ imageName: "Bad" })), [
    "spec.imageName: repository name must be lowercase",
  ]);
});

Deno.test("an image that may not be pulled is no want", () => {
  assertEquals(imagesOf(cluster({ imageName: "a", imagePullPolicy: "Never" })), [[]]);
});
