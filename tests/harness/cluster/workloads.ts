/** What a pod is made of, as manifests write it. */
export type PodSpec = Readonly<Record<string, unknown>>;

/** A pod of one container that runs the image until it is deleted. */
export function sleeping(image: string, more: PodSpec = {}): PodSpec {
  return {
    terminationGracePeriodSeconds: 0,
    containers: [{ name: "main", image, command: ["/bin/busybox", "sleep", "infinity"] }],
    ...more,
  };
}

/** A Deployment without pods. */
export function deploymentOf(name: string, spec: PodSpec, more: Metadata = {}) {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: "default", ...more },
    spec: { replicas: 0, selector: { matchLabels: { app: name } }, template: template(name, spec) },
  };
}

/** One of these; `more` joins what its specification says beside the pod template. */
export function appOf(
  kind: "Deployment" | "StatefulSet" | "DaemonSet",
  name: string,
  spec: PodSpec,
  more: Readonly<Record<string, unknown>> = {},
) {
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: { name, namespace: "default" },
    spec: {
      ...(kind === "StatefulSet" && { serviceName: name }),
      selector: { matchLabels: { app: name } },
      template: template(name, spec),
      ...more,
    },
  };
}

/** The same object in another namespace. */
export function inNamespace<T extends { readonly metadata: object }>(namespace: string, object: T) {
  return { ...object, metadata: { ...object.metadata, namespace } };
}

/** A CronJob that is due in a year at most. */
export function cronJobOf(name: string, spec: PodSpec) {
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name, namespace: "default" },
    spec: { schedule: "0 0 1 1 *", jobTemplate: { spec: jobSpec(name, spec) } },
  };
}

/** A Job. */
export function jobOf(name: string, spec: PodSpec) {
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name, namespace: "default" },
    spec: jobSpec(name, spec),
  };
}

/** A pod on a node of our choice, past the scheduler. */
export function podOn(node: string, name: string, spec: PodSpec) {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default" },
    spec: { ...spec, nodeName: node },
  };
}

/** A Namespace. */
export function namespaceOf(name: string, annotations: Readonly<Record<string, string>> = {}) {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, annotations } };
}

interface Metadata {
  readonly namespace?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

function jobSpec(name: string, spec: PodSpec) {
  return { template: template(name, { restartPolicy: "Never", ...spec }) };
}

function template(name: string, spec: PodSpec) {
  return { metadata: { labels: { app: name } }, spec };
}
