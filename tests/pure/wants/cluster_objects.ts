/** Objects of a made-up cluster, as an API server has them. */

type Raw = Record<string, unknown>;

/** A pod's specification: containers `c0`, `c1`, … of these images. */
export function specOf(images: readonly string[], rest: Raw = {}): Raw {
  return { containers: images.map((image, index) => ({ name: `c${index}`, image })), ...rest };
}

/** An object that makes pods by a template, such as a Deployment. */
export function workloadObject(
  kind: string,
  images: readonly string[],
  rest: { name?: string; namespace?: string; spec?: Raw; metadata?: Raw; pod?: Raw } = {},
): Raw {
  const { name = "web", namespace = "shop", spec = {}, metadata = {}, pod = {} } = rest;
  return {
    apiVersion: GROUPS[kind] ?? "apps/v1",
    kind,
    metadata: { name, namespace, ...metadata },
    spec: { ...spec, template: { spec: specOf(images, pod) } },
  };
}

const GROUPS: Readonly<Record<string, string>> = {
  Job: "batch/v1",
  ReplicationController: "v1",
  Rollout: "argoproj.io/v1alpha1",
};

/** What the object is to those that it makes. */
export function ownedBy(owner: Raw): Raw {
  const { apiVersion, kind, metadata } = owner;
  const { name } = metadata as Raw;
  return {
    ownerReferences: [{ apiVersion, kind, name, controller: true, uid: `${kind}/${name}` }],
  };
}

/** A ReplicaSet of an owner. */
export function replicaSet(
  owner: Raw,
  revision: number,
  replicas: number,
  images: readonly string[],
  pod: Raw = {},
): Raw {
  const { name, namespace } = owner["metadata"] as { name: string; namespace: string };
  const annotations = { "deployment.kubernetes.io/revision": String(revision) };
  return workloadObject("ReplicaSet", images, {
    name: `${name}-${revision}`,
    namespace,
    spec: { replicas },
    metadata: { ...ownedBy(owner), annotations },
    pod,
  });
}

/** A ControllerRevision of an owner; its hash is `<owner>-<revision>`. */
export function controllerRevision(
  owner: Raw,
  revision: number,
  images: readonly string[],
  pod: Raw = {},
): Raw {
  const { name, namespace } = owner["metadata"] as { name: string; namespace: string };
  return {
    apiVersion: "apps/v1",
    kind: "ControllerRevision",
    metadata: { name: `${name}-${revision}`, namespace, ...ownedBy(owner) },
    revision,
    data: { spec: { template: { spec: specOf(images, pod) } } },
  };
}

/** A Pod that an owner has made and the scheduler has bound. */
export function podOf(
  owner: Raw,
  name: string,
  images: readonly string[],
  rest: { spec?: Raw; labels?: Raw; phase?: string; createdAt?: string } = {},
): Raw {
  const { namespace } = owner["metadata"] as { namespace: string };
  const { spec = {}, labels = {}, phase = "Running", createdAt } = rest;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace, labels, creationTimestamp: createdAt, ...ownedBy(owner) },
    spec: specOf(images, { nodeName: "node-a", ...spec }),
    status: { phase },
  };
}

/** A Node with labels. */
export function nodeObject(name: string, labels: Raw = {}, rest: Raw = {}): Raw {
  return { apiVersion: "v1", kind: "Node", metadata: { name, labels }, ...rest };
}
