import { withoutUnset } from "../../without_unset.ts";
import { located, type LocatedContainer, locatedIn, readAssembled } from "../assembled_pod.ts";
import { fieldPath } from "../field_path.ts";
import type { ImageField } from "../images_in_pod.ts";
import { metadataOf } from "../observe_metadata.ts";
import { observeParts } from "../observe_pod_shaped.ts";
import type { ReadShape } from "../observe_pod_spec.ts";
import type { Observed } from "../observed.ts";
import { type Fields, fieldsOf, itemsOf, scalarText, textOf } from "../raw_value.ts";
import { scheduleOf } from "../schedule_of.ts";

/** SparkApplication: wants nothing once it has ended. */
export function observeSparkApplication(raw: Fields, kind: string): Observed {
  const { state } = fieldsOf(fieldsOf(raw["status"])["applicationState"]);
  const ended = state === "COMPLETED" || state === "FAILED";
  return observeParts(raw, readApplication(raw["spec"], "spec"), { kind, ended });
}

/**
 * ScheduledSparkApplication: its next application wants the images. The time zone `Local` is that of
 * the operator, as where there is none.
 */
export function observeScheduledSparkApplication(raw: Fields, kind: string): Observed {
  const { template } = fieldsOf(raw["spec"]);
  const { schedule, faults } = scheduleOf(raw["spec"], metadataOf(raw).createdAt);
  return observeParts(raw, readApplication(template, "spec.template"), { kind, schedule, faults });
}

/** `SparkApplicationSpec` of kubeflow/spark-operator api/v1beta2: a driver and its executors. */
function readApplication(application: unknown, path: string): ReadShape[] {
  const spec = fieldsOf(application);
  return ["driver", "executor"].flatMap((role) => {
    const pod = fieldsOf(spec[role]);
    const at = `${path}.${role}`;
    const template = fieldsOf(fieldsOf(pod["template"])["spec"]);
    const images = ownImage(spec, role, path);
    const containers: LocatedContainer[] = [
      [at, ownContainer(pod)],
      ...locatedIn(pod, ["initContainers", "sidecars"], at),
      // The first container of a template is the one that Spark fills in.
      ...located(template["containers"], `${at}.template.spec.containers`),
    ];
    const hasImage = ([, each]: LocatedContainer) => textOf(fieldsOf(each)["image"]) !== undefined;
    if (images.length === 0 && !containers.some(hasImage)) return [];
    const secrets = itemsOf(spec["imagePullSecrets"]).map((name) => ({ name }));
    return [readAssembled({
      path,
      spec: withoutUnset({
        ...template,
        volumes: spec["volumes"],
        nodeSelector: {
          ...fieldsOf(template["nodeSelector"]),
          ...selectorIn(fieldsOf(spec["sparkConf"]), role),
          ...fieldsOf(spec["nodeSelector"]),
          ...fieldsOf(pod["nodeSelector"]),
        },
        affinity: pod["affinity"] ?? template["affinity"],
        tolerations: [...itemsOf(template["tolerations"]), ...itemsOf(pod["tolerations"])],
        priorityClassName: pod["priorityClassName"] ?? template["priorityClassName"],
        imagePullSecrets: [...secrets, ...itemsOf(template["imagePullSecrets"])],
        serviceAccountName: pod["serviceAccount"] ?? template["serviceAccountName"],
      }),
      containers,
      images,
    })];
  });
}

/** The image of Spark's own container, which its configuration may name too. */
function ownImage(spec: Fields, role: string, path: string): ImageField[] {
  const conf = fieldsOf(spec["sparkConf"]);
  const inConf = (key: string) => [fieldPath(`${path}.sparkConf`, key), conf[key]] as const;
  const fields = [
    [`${path}.${role}.image`, fieldsOf(spec[role])["image"]],
    [`${path}.image`, spec["image"]],
    inConf(`spark.kubernetes.${role}.container.image`),
    inConf("spark.kubernetes.container.image"),
  ] as const;
  const given = fields.find(([, image]) => image !== undefined && image !== "");
  if (given === undefined) return [];
  const [field, value] = given;
  return [{ container: role, field, value, policy: textOf(spec["imagePullPolicy"]) }];
}

/** Labels of nodes in Spark's configuration (https://spark.apache.org/docs/latest/running-on-kubernetes.html). */
function selectorIn(conf: Fields, role: string): Fields {
  const prefixes = ["spark.kubernetes.node.selector.", `spark.kubernetes.${role}.node.selector.`];
  const labels = prefixes.flatMap((prefix) =>
    Object.entries(conf).filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), value])
  );
  return Object.fromEntries(labels);
}

/** Spark's own container without its image. */
function ownContainer({ gpu }: Fields): Fields {
  const { name, quantity } = fieldsOf(gpu);
  const resource = textOf(name);
  return resource === undefined
    ? {}
    : { resources: { limits: { [resource]: scalarText(quantity) } } };
}
