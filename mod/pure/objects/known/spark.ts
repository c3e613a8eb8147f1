import { placed, type PlacedContainer, readAssembled } from "../assembled_pod.ts";
import { observeParts } from "../observe_pod_shaped.ts";
import type { ReadShape } from "../observe_pod_spec.ts";
import type { Observed } from "../observed.ts";
import { fieldsOf, itemsOf, scalarText, textOf } from "../raw_value.ts";
import { withoutUnset } from "../../without_unset.ts";

type Fields = Readonly<Record<string, unknown>>;

/** SparkApplication: wants nothing once it has ended. */
export function observeSparkApplication(raw: Fields, kind: string): Observed {
  const { state } = fieldsOf(fieldsOf(raw["status"])["applicationState"]);
  const ended = state === "COMPLETED" || state === "FAILED";
  return observeParts(raw, readApplication(raw["spec"], "spec"), { kind, ended });
}

/** ScheduledSparkApplication: its next application wants the images. */
export function observeScheduledSparkApplication(raw: Fields, kind: string): Observed {
  const { template, schedule, timeZone, suspend } = fieldsOf(raw["spec"]);
  const cron = textOf(schedule);
  return observeParts(raw, readApplication(template, "spec.template"), {
    kind,
    schedule: cron === undefined ? undefined : withoutUnset({
      cron: [cron],
      timeZone: textOf(timeZone),
      suspended: suspend === true,
    }),
  });
}

/** `SparkApplicationSpec` of kubeflow/spark-operator api/v1beta2: a driver and its executors. */
function readApplication(application: unknown, path: string): ReadShape[] {
  const spec = fieldsOf(application);
  return ["driver", "executor"].flatMap((role) => {
    const pod = fieldsOf(spec[role]);
    const at = `${path}.${role}`;
    const template = fieldsOf(fieldsOf(pod["template"])["spec"]);
    const containers = [
      ...ownContainer(spec, role, path),
      ...["initContainers", "sidecars"].flatMap((list) => placed(pod[list], `${at}.${list}`)),
      // The first container of a template is the one that Spark fills in.
      ...placed(template["containers"], `${at}.template.spec.containers`),
    ];
    if (containers.every(([, each]) => textOf(fieldsOf(each)["image"]) === undefined)) return [];
    const secrets = itemsOf(spec["imagePullSecrets"]).map((name) => ({ name }));
    return [readAssembled({
      path,
      spec: withoutUnset({
        ...template,
        volumes: spec["volumes"],
        nodeSelector: {
          ...fieldsOf(template["nodeSelector"]),
          ...fieldsOf(spec["nodeSelector"]),
          ...fieldsOf(pod["nodeSelector"]),
        },
        affinity: pod["affinity"] ?? template["affinity"],
        tolerations: [...itemsOf(template["tolerations"]), ...itemsOf(pod["tolerations"])],
        priorityClassName: pod["priorityClassName"] ?? template["priorityClassName"],
        imagePullSecrets: [...secrets, ...itemsOf(template["imagePullSecrets"])],
      }),
      containers,
    })];
  });
}

/** Spark's own container; its image may be said by Spark's configuration too. */
function ownContainer(spec: Fields, role: string, path: string): PlacedContainer[] {
  const pod = fieldsOf(spec[role]);
  const { name, quantity } = fieldsOf(pod["gpu"]);
  const gpu = textOf(name);
  const rest = {
    imagePullPolicy: spec["imagePullPolicy"],
    resources: gpu === undefined ? {} : { limits: { [gpu]: scalarText(quantity) } },
  };
  const conf = fieldsOf(spec["sparkConf"]);
  const inConf = (key: string): [string, unknown] => [`${path}.sparkConf["${key}"]`, conf[key]];
  const places: [string, unknown][] = [
    [`${path}.${role}`, pod["image"]],
    [path, spec["image"]],
    inConf(`spark.kubernetes.${role}.container.image`),
    inConf("spark.kubernetes.container.image"),
  ];
  const given = places.find(([, image]) => image !== undefined && image !== "");
  return given === undefined ? [] : [[given[0], { ...rest, image: given[1] }]];
}
