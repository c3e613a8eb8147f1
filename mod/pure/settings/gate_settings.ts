import type { GateFor, GateTaint } from "../node_gate/gate_rules.ts";
import { OWN_TAINTS } from "../node_gate/unlifted_taints.ts";
import { parseLabelSelector } from "../placement/label_selector.ts";
import { withoutUnset } from "../without_unset.ts";
import type { Reading, SettingTable, ValueType } from "./settings_table.ts";
import { duration, list, onOrOff } from "./settings_values.ts";

/** How new nodes are kept from pods until they are warm. */
export const GATE_TABLE = {
  isOn: {
    flag: "gate",
    group: "New nodes",
    help:
      "Whether nodes are kept from pods until they are warm: a taint that a new node brings is " +
      "lifted once it has its images; needs the right to patch nodes. None with manifests",
    type: onOrOff(),
    fallback: "off",
  },
  taints: {
    flag: "gate-taints",
    group: "New nodes",
    help: "Taints that are lifted, each a key, or key=value, with :effect or without; no others " +
      "are touched, and none is ever set",
    type: list("TAINTS", readGateTaint),
    fallback: OWN_TAINTS.join(" "),
  },
  condition: {
    flag: "gate-condition",
    group: "New nodes",
    help: "Whether nodes also get the condition WarmImagesReady once they are warm; needs the " +
      "right to patch nodes/status",
    type: onOrOff(),
    fallback: "off",
  },
  limitMs: {
    flag: "gate-limit",
    group: "New nodes",
    help: "How long after a Node was made its taint is lifted, whatever is missing",
    type: duration("1s", "24h"),
    fallback: "5m",
  },
  for: {
    flag: "gate-for",
    group: "New nodes",
    help: "Images that a node has to have: running for those of workloads that have pods, or are " +
      "about to, 80% for such a share of these, all for all that are wanted there, or a label " +
      "selector of objects or namespaces",
    type: gateFor(),
    fallback: "running",
  },
} as const satisfies SettingTable;

/** A taint as kubectl writes it: `key`, `key=value`, `key:NoSchedule`, `key=value:NoSchedule`. */
export function readGateTaint(text: string): Reading<GateTaint> {
  const [, key, value, effect] = TAINT.exec(text) ?? [];
  if (key === undefined) {
    return { fault: "cannot be a taint: example.com/cold, or key=value:effect" };
  }
  if (OF_OTHERS.test(key)) return { fault: "says how a node is, and is not ours to lift" };
  return { value: withoutUnset({ key, value, effect }) };
}

/**
 * Taints by which Kubernetes, Karpenter, Cluster API and Cluster Autoscaler say how a node is: they set
 * and lift these themselves, and pods on a node whose taint was lifted too early are lost.
 */
const OF_OTHERS = new RegExp([
  String.raw`^(?:node|node-role|node\.cloudprovider)\.kubernetes\.io/`,
  String.raw`^node\.cluster\.x-k8s\.io/`,
  String.raw`^karpenter\.sh/`,
  "^(?:ToBeDeletedBy|DeletionCandidateOf)ClusterAutoscaler",
].join("|"));

const NAME = "[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?";
const TAINT = new RegExp(
  `^(${NAME}(?:/${NAME})?)(?:=(${NAME})?)?(?::(NoSchedule|PreferNoSchedule|NoExecute))?$`,
);

/** `running`, `all`, a share such as `80%`, or a label selector. */
export function gateFor(): ValueType<GateFor> {
  return {
    placeholder: "running|all|PERCENT|SELECTOR",
    read: (texts) => readGateFor(texts.at(-1)?.trim() ?? ""),
  };
}

function readGateFor(text: string): Reading<GateFor> {
  if (text === "running" || text === "all") return { value: { type: text } };
  const percent = /^(\d{1,3})%$/.exec(text)?.[1];
  if (percent !== undefined) {
    const share = Number(percent) / 100;
    return share > 0 && share <= 1
      ? { value: { type: "share", share } }
      : { fault: "must be from 1% to 100%" };
  }
  const selector = text === "" ? { fault: "it is empty" } : parseLabelSelector(text);
  if (!("fault" in selector)) return { value: { type: "selector", selector } };
  return {
    fault: `must be running, all, a share such as 80%, or a label selector: ${selector.fault}`,
  };
}
