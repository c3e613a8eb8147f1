import type { NodeChange, NodeGates, NodeId } from "../../ports/node_gates.ts";
import type { ServerClock } from "../../ports/server_clock.ts";
import { messageOf } from "../../pure/message_of.ts";
import type { GateTaint } from "../../pure/node_gate/gate_rules.ts";
import { isGateTaint } from "../../pure/node_gate/is_gate_taint.ts";
import type { WarmCondition } from "../../pure/node_gate/warm_condition.ts";
import type { ObservedNode, Taint } from "../../pure/objects/observed.ts";
import { observeNode } from "../../pure/objects/observe_node.ts";
import { hasStatus, isFaulty } from "./api_error.ts";
import type { ApiRequest, KubernetesClient, PatchKind } from "./client.ts";
import { isObject } from "./watch_event.ts";

/** How often a patch is tried that finds the node other than it was. */
const MAX_TRIES = 3;
const TIMEOUT_MS = 10_000;
/** Who has written a field, as `kubectl get --show-managed-fields` says it. */
const MANAGER = "warm-images-controller";
/** Of a node that was changed nothing but its metadata is sent back: it may have many images. */
const METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";

/** One change to a Node, whatever else becomes of it meanwhile. */
interface Change {
  readonly resource: "nodes" | "nodes/status";
  readonly kind: PatchKind;
  /** What the API server is sent for a node with these taints; undefined: nothing is left to do. */
  readonly patchFor: (taints: readonly Taint[]) => unknown;
}

/** Opens gates by patches of Nodes; the rights that takes are `patch` and, after conflicts, `get`. */
export function kubernetesNodeGates(
  client: Pick<KubernetesClient, "request">,
  serverClock: ServerClock,
): NodeGates {
  const now = () => new Date(serverClock.wallMs()).toISOString().replace(/\.\d+Z$/, "Z");
  return {
    lift: (node, gates, { signal }) =>
      change(client, node, node.taints, signal, {
        resource: "nodes",
        kind: "json",
        patchFor: (taints) => withoutGates(node, taints, gates),
      }),
    setCondition: (node, condition, { signal }) => {
      const patch = withCondition(node, condition, now());
      return change(client, node, [], signal, {
        resource: "nodes/status",
        kind: "strategic-merge",
        patchFor: () => patch,
      });
    },
  };
}

/**
 * The JSON patch that takes away the gate taints. Taints are a list that others write as a whole, so
 * each place is tested first: no other taint may be in it by now. The last comes first, as a removal
 * moves all that follow: https://www.rfc-editor.org/rfc/rfc6902#section-4.2
 */
function withoutGates({ uid }: NodeId, taints: readonly Taint[], gates: readonly GateTaint[]) {
  const removals = [...taints.entries()].reverse()
    .filter(([, taint]) => isGateTaint(taint, gates))
    .flatMap(([place, { key, effect, value }]) => {
      const path = `/spec/taints/${place}`;
      return [
        { op: "test", path: `${path}/key`, value: key },
        { op: "test", path: `${path}/effect`, value: effect },
        // One without a value has no such field.
        ...(value === undefined ? [] : [{ op: "test", path: `${path}/value`, value }]),
        { op: "remove", path },
      ];
    });
  if (removals.length === 0) return undefined;
  return [{ op: "test", path: "/metadata/uid", value: uid }, ...removals];
}

/** Conditions are merged by their type. An API server refuses a patch that would change the uid. */
function withCondition({ uid }: NodeId, condition: WarmCondition, at: string) {
  const conditions = [{ ...condition, lastHeartbeatTime: at, lastTransitionTime: at }];
  return { metadata: { uid }, status: { conditions } };
}

async function change(
  client: Pick<KubernetesClient, "request">,
  node: NodeId,
  seen: readonly Taint[],
  signal: AbortSignal,
  { resource, kind, patchFor }: Change,
): Promise<NodeChange> {
  const path = `/api/v1/nodes/${encodeURIComponent(node.name)}`;
  const patched = `${resource === "nodes" ? path : `${path}/status`}?fieldManager=${MANAGER}`;
  const call = { signal, timeoutMs: TIMEOUT_MS };
  const sent = new Set<string>();
  let taints = seen;
  for (let tried = 1;; tried++) {
    const body = patchFor(taints);
    if (body === undefined) return { result: "unchanged" };
    sent.add(JSON.stringify(body));
    try {
      await client.request(patched, {
        ...call,
        method: "PATCH",
        patch: kind,
        body,
        accept: METADATA,
      });
      return { result: "changed" };
    } catch (error) {
      if (hasStatus(error, 404)) return { result: "gone" };
      // One that nobody has to change, as the node is as it was, fails for another reason.
      const isVain = tried === MAX_TRIES && sent.size === 1;
      if (!isConflict(error) || isVain) return refusalOf(error, `patch on ${resource}`, node.name);
      if (tried === MAX_TRIES) throw error;
    }
    try {
      const found = await readNode(client, path, call);
      if (found?.uid !== node.uid) return { result: "gone" };
      taints = found.taints;
    } catch (error) {
      return refusalOf(error, "get on nodes", node.name);
    }
  }
}

/** Undefined: there is none of that name. */
async function readNode(
  client: Pick<KubernetesClient, "request">,
  path: string,
  call: Pick<ApiRequest, "signal" | "timeoutMs">,
): Promise<ObservedNode | undefined> {
  try {
    const answer = await client.request(path, call);
    const observed = isObject(answer) ? observeNode(answer) : undefined;
    return observed?.type === "node" ? observed.node : undefined;
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw error;
  }
}

/**
 * Whether the node may be another than the patch was made for. A kube-apiserver answers 422 to a test
 * that fails, to a place that is not there, and to another uid; it says nothing of which.
 */
function isConflict(error: unknown): boolean {
  return hasStatus(error, 409) || hasStatus(error, 422);
}

/** What refuses for longer than a moment; throws what does not. */
function refusalOf(error: unknown, right: string, name: string): NodeChange {
  const said = messageOf(error);
  if (hasStatus(error, 403)) {
    // Admission policies and webhooks refuse with the same status.
    const isDenied = /denied (?:the )?request/.test(said);
    const remedy = isDenied
      ? "an admission policy or webhook forbids it"
      : `grant the verb ${right}`;
    const why = `Cannot change node "${name}": ${remedy} (${said})`;
    // Without the right to read them, nodes that are as they were seen can be changed all the same.
    const isOfAll = !isDenied && right.startsWith("patch");
    return { result: "refused", why, ...(isOfAll && { lacksRight: true }) };
  }
  if (isFaulty(error)) return { result: "refused", why: `Cannot change node "${name}": ${said}` };
  throw error;
}
