import fc from "fast-check";

/** Label keys that selectors and nodes share, with values of every kind that comparisons meet. */
export const LABELS: Readonly<Record<string, readonly string[]>> = {
  "zone": ["a", "b", "c", ""],
  "cores": ["4", "8", "16", "-1", "08", "many", "9223372036854775807", "9223372036854775808"],
  "example.com/disk": ["ssd", "hdd", "true"],
  "kubernetes.io/os": ["linux", "windows"],
};

/** Keys of taints and tolerations; none that says what a node is short of just now. */
export const TAINT_KEYS = ["dedicated", "level", "example.com/fpga", "nvidia.com/gpu"] as const;

/** Values that taints and tolerations share. */
export const TAINT_VALUES = [
  ...["", "db", "5", "10", "-3", "0", "08", "9223372036854775807", "9223372036854775808"],
];

/** Effects of taints. */
export const EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"] as const;

/** Names by which pods may ask for a node. */
export const NODE_NAMES = Array.from({ length: 20 }, (_, index) => `node-${index}`);

/** Extended resources; a node that has one has more of it than a pod asks for, or none left. */
export const RESOURCES = ["nvidia.com/gpu", "example.com/fpga", "example.com/nic"] as const;

/** Nodes of a cluster, as whole Node objects with these names. */
export const someNodes: fc.Arbitrary<readonly object[]> = fc.tuple(...NODE_NAMES.map(node));

function node(name: string): fc.Arbitrary<object> {
  return fc.record({
    labels: someLabels(),
    taints: fc.option(fc.array(taint(), { maxLength: 2 }), { nil: undefined }),
    unschedulable: fc.option(fc.constant(true), { freq: 6, nil: undefined }),
    resources: fc.dictionary(
      fc.constantFrom(...RESOURCES, "hugepages-2Mi"),
      fc.constantFrom("64Mi", "64Mi", "0"),
    ),
  }).map(({ labels, taints, unschedulable, resources }) => ({
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels },
    spec: { taints, unschedulable },
    status: {
      nodeInfo: { operatingSystem: labels["kubernetes.io/os"] ?? "linux", architecture: "amd64" },
      allocatable: { cpu: "4", memory: "8Gi", pods: "110", ...resources },
    },
  }));
}

function someLabels(): fc.Arbitrary<Readonly<Record<string, string | undefined>>> {
  const each = Object.entries(LABELS).map(([key, values]) => [key, fc.constantFrom(...values)]);
  return fc.record(Object.fromEntries(each), { requiredKeys: [] });
}

function taint(): fc.Arbitrary<object> {
  return fc.record({
    key: fc.constantFrom(...TAINT_KEYS),
    value: fc.constantFrom(undefined, ...TAINT_VALUES),
    effect: fc.constantFrom(...EFFECTS),
  });
}
