import { readAssembled } from "../assembled_pod.ts";
import { markOf, metadataOf } from "../observe_metadata.ts";
import { observeParts } from "../observe_pod_shaped.ts";
import type { Observed } from "../observed.ts";
import { type Fields, fieldsOf, itemsOf, textOf } from "../raw_value.ts";

/**
 * CloudNativePG's Cluster (`ClusterSpec` and `AffinityConfiguration` of cloudnative-pg/cloudnative-pg
 * api/v1): selector and tolerations are under `spec.affinity`. Without `imageName` the operator, or a
 * catalog, says which image it is.
 */
export function observePostgresCluster(
  raw: Fields,
  kind: string,
): Observed {
  const spec = fieldsOf(raw["spec"]);
  const affinity = fieldsOf(spec["affinity"]);
  const { imageName, imagePullPolicy, resources } = spec;
  const extensions = itemsOf(fieldsOf(spec["postgresql"])["extensions"]);
  const part = readAssembled({
    path: "spec",
    spec: {
      nodeSelector: affinity["nodeSelector"],
      affinity: { nodeAffinity: affinity["nodeAffinity"] },
      tolerations: affinity["tolerations"],
      priorityClassName: spec["priorityClassName"],
      imagePullSecrets: spec["imagePullSecrets"],
      // The operator makes one for each cluster, which is called as it is.
      serviceAccountName: metadataOf(raw).name,
    },
    containers: [["spec", { resources }]],
    images: [
      {
        container: "postgres",
        field: "spec.imageName",
        value: imageName,
        policy: textOf(imagePullPolicy),
      },
      ...extensions.map((extension, index) => ({
        container: `volumes/${textOf(fieldsOf(extension)["name"]) ?? ""}`,
        field: `spec.postgresql.extensions[${index}].image.reference`,
        value: fieldsOf(fieldsOf(extension)["image"])["reference"],
        policy: textOf(fieldsOf(fieldsOf(extension)["image"])["pullPolicy"]),
      })),
    ],
  });
  return observeParts(raw, [part], { kind });
}

/** Whether its pods are taken away until it is woken (CloudNativePG's "declarative hibernation"). */
export function isHibernated(raw: Fields): boolean {
  return markOf(raw, "cnpg.io/hibernation") === "on";
}
