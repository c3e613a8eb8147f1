import fc from "fast-check";
import {
  EFFECTS,
  LABELS,
  NODE_NAMES,
  RESOURCES,
  TAINT_KEYS,
  TAINT_VALUES,
} from "./generated_nodes.ts";

/** Whole RuntimeClass objects that pods name. */
export const RUNTIME_CLASSES: readonly object[] = [
  runtimeClass("plain", {}),
  runtimeClass("zoned", { scheduling: { nodeSelector: { zone: "a" } } }),
  runtimeClass("tolerant", {
    scheduling: {
      nodeSelector: { "example.com/disk": "ssd" },
      tolerations: [{ key: "dedicated", operator: "Exists" }],
    },
  }),
  runtimeClass("heavy", { overhead: { podFixed: { cpu: "250m" } } }),
];

function runtimeClass(name: string, fields: object): object {
  return {
    apiVersion: "node.k8s.io/v1",
    kind: "RuntimeClass",
    metadata: { name },
    handler: "runc",
    ...fields,
  };
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Whole Pod objects. Some the API server would refuse, such as those with an operator that is none;
 * of what it takes, everything is there that decides about nodes.
 */
export const somePod: fc.Arbitrary<Fields> = fc.oneof(
  { weight: 19, arbitrary: fc.record(placedParts(), { requiredKeys: ["containers"] }) },
  // kubelet alone looks at these, and at less: nothing else keeps them from their node.
  { weight: 1, arbitrary: fc.record({ nodeName: nodeName(), ...boundParts() }) },
).map((spec) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "pod", namespace: "default" },
  spec: { ...HARMLESS, ...spec },
}));

/** What every pod on the API server has. */
const HARMLESS = { restartPolicy: "Always", terminationGracePeriodSeconds: 30 };

function boundParts() {
  return {
    containers: fc.constant([{ name: "c", image: "nginx" }]),
    tolerations: fc.constant([{ operator: "Exists" }]),
    os: someOs(),
  };
}

function placedParts() {
  return {
    containers: fc.array(container(true), { minLength: 1, maxLength: 2 }).map(named("c")),
    initContainers: rarely(fc.array(container(false), { maxLength: 2 }).map(named("i"))),
    ephemeralContainers: rarely(fc.constant([{ name: "e", image: "busybox" }])),
    nodeSelector: rarely(selector()),
    affinity: rarely(affinity()),
    tolerations: fc.array(toleration(), { maxLength: 4 }),
    os: someOs(),
    runtimeClassName: rarely(fc.constantFrom("plain", "zoned", "tolerant", "heavy", "missing")),
    overhead: rarely(fc.constant({ cpu: "250m" }), 30),
  };
}

function someOs() {
  return rarely(fc.constantFrom({ name: "linux" }, { name: "windows" }));
}

function nodeName() {
  return fc.constantFrom(...NODE_NAMES, "node-elsewhere");
}

function rarely<T>(arbitrary: fc.Arbitrary<T>, freq = 4): fc.Arbitrary<T | undefined> {
  return fc.oneof(
    { weight: freq - 1, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary },
  );
}

/** Container names are unique in a pod. */
function named(prefix: string) {
  return (containers: readonly Fields[]) =>
    containers.map((container, index) => ({ name: `${prefix}${index}`, ...container }));
}

function container(isMain: boolean): fc.Arbitrary<Fields> {
  return fc.record({
    image: fc.constant("nginx"),
    resources: rarely(resources()),
    restartPolicy: isMain ? fc.constant(undefined) : fc.constantFrom(undefined, "Always"),
  });
}

/** Extended resources have their request equal to their limit; the API server adds the former. */
function resources(): fc.Arbitrary<Fields> {
  const asked = fc.dictionary(
    fc.constantFrom(...RESOURCES, "cpu", "memory"),
    fc.constantFrom("0", "1", "1", "2"),
    { minKeys: 1, maxKeys: 3 },
  );
  return fc.oneof(
    { weight: 4, arbitrary: asked.map((limits) => ({ limits })) },
    { weight: 4, arbitrary: asked.map((both) => ({ limits: both, requests: both })) },
    { weight: 1, arbitrary: asked.map((requests) => ({ requests })) },
    {
      weight: 1,
      arbitrary: fc.constant({ limits: { cpu: "1", memory: "1Gi", "hugepages-2Mi": "4Mi" } }),
    },
  );
}

function selector(): fc.Arbitrary<Fields> {
  return fc.oneof(
    ...Object.entries(LABELS).map(([key, values]) =>
      fc.constantFrom(...values).map((value) => ({ [key]: value }))
    ),
  );
}

function affinity(): fc.Arbitrary<Fields> {
  const required = fc.record({
    nodeSelectorTerms: fc.array(term(), { minLength: 1, maxLength: 3 }),
  });
  const preferred = fc.constant([{ weight: 1, preference: { matchExpressions: [] } }]);
  return fc.record({
    nodeAffinity: fc.record({
      requiredDuringSchedulingIgnoredDuringExecution: required,
      preferredDuringSchedulingIgnoredDuringExecution: rarely(preferred),
    }, { requiredKeys: [] }),
  });
}

/** One without requirements, which no node meets, is taken by the API server. */
function term(): fc.Arbitrary<Fields> {
  return fc.record({
    matchExpressions: fc.array(expression(), { maxLength: 2 }),
    matchFields: rarely(fc.array(field(), { maxLength: 2 })),
  }, { requiredKeys: [] });
}

function expression(): fc.Arbitrary<Fields> {
  return fc.oneof(
    ...Object.entries(LABELS).map(([key, known]) => {
      const value = fc.constantFrom(...known);
      const each = (operators: readonly string[], values?: fc.Arbitrary<readonly string[]>) =>
        fc.record({
          key: fc.constantFrom(key, key, "absent"),
          operator: fc.constantFrom(...operators),
          ...(values && { values }),
        });
      return fc.oneof(
        {
          weight: 8,
          arbitrary: each(["In", "NotIn"], fc.array(value, { minLength: 1, maxLength: 3 })),
        },
        { weight: 6, arbitrary: each(["Exists", "DoesNotExist"]) },
        { weight: 6, arbitrary: each(["Gt", "Lt"], value.map((one) => [one])) },
        { weight: 1, arbitrary: each(["In", "NotIn", "Gt", "Lt", "exists", ""]) },
        { weight: 1, arbitrary: each(["Exists", "DoesNotExist"], fc.constant([])) },
      );
    }),
  );
}

function field(): fc.Arbitrary<Fields> {
  return fc.record({
    key: fc.constant("metadata.name"),
    operator: fc.constantFrom("In", "In", "NotIn"),
    values: nodeName().map((name) => [name]),
  });
}

function toleration(): fc.Arbitrary<Fields> {
  const key = fc.constantFrom(...TAINT_KEYS);
  const effect = fc.constantFrom(undefined, undefined, "", ...EFFECTS);
  const value = fc.constantFrom(...TAINT_VALUES);
  const compared = fc.constantFrom("5", "10", "-3", "0", "08", "9223372036854775807");
  return fc.oneof(
    fc.record({ key, effect, operator: fc.constant("Exists") }),
    fc.record({ key, effect, value, operator: fc.constantFrom("Equal", "", undefined) }),
    fc.record({ key, effect, value: compared, operator: fc.constantFrom("Lt", "Gt") }),
    fc.record({ effect, operator: fc.constant("Exists") }),
    fc.record({
      key,
      effect: fc.constant("NoExecute"),
      operator: fc.constant("Exists"),
      tolerationSeconds: fc.constantFrom(0, 60),
    }),
  );
}
