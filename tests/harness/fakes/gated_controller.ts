import type { FakeTime } from "@std/testing/time";
import type { ControllerDeps } from "../../../mod/flow/controller_loop.ts";
import { ShownBucket } from "../../../mod/flow/shown_bucket.ts";
import { nodeKey, reportKey } from "../../../mod/pure/bucket/state_keys.ts";
import { decodeNode, type NodeGateValue } from "../../../mod/pure/bucket/wire.ts";
import type { GateRules } from "../../../mod/pure/node_gate/gate_rules.ts";
import type { ObservedNode, Taint } from "../../../mod/pure/objects/observed.ts";
import { SAMPLE_RULES, sampleNode } from "./sample_values.ts";
import { type ScriptedNodeGates, scriptedNodeGates } from "./scripted_node_gates.ts";
import { scriptedSource } from "./scripted_source.ts";
import {
  startController,
  type TestController,
  type TestControllerOptions,
} from "./test_controller.ts";

/** In ms. */
export const MINUTE = 60_000;
/** The taint that is lifted. */
export const COLD: Taint = { key: "warm-images/cold", effect: "NoSchedule" };
/** An image. */
export const APP = "reg.lab/app:1";
/** Another one, pulled after `APP`. */
export const SIDECAR = "reg.lab/sidecar:1";

const RULES: GateRules = {
  taints: [{ key: COLD.key }],
  condition: false,
  limitMs: 5 * MINUTE,
  for: { type: "running" },
};

/** A controller with gates, and the gates of its nodes. */
export interface GatedController extends TestController {
  readonly gates: ScriptedNodeGates;
  /** Names of the nodes whose taint was tried to lift, in order. */
  lifted(): string[];
  /** Texts of the log, with the fields that tell how gates opened. */
  told(): string[];
  /** Writes a report of a node; states by image, such as `failed: not_found: no such tag`. */
  report(
    node: string,
    images: Readonly<Record<string, string>>,
    about?: { readonly nodeUid?: string },
  ): Promise<void>;
  /** What the bucket says of a node's gate. */
  gateOf(node: string): NodeGateValue | undefined;
}

/** How to start one. */
export interface GatedOptions extends Omit<TestControllerOptions, "deps" | "gate"> {
  readonly gate?: Partial<GateRules>;
  readonly deps?: (deps: ControllerDeps) => ControllerDeps;
  /** Gates of `source`, where they were made before. */
  readonly gates?: ScriptedNodeGates;
}

/** Starts one. */
export async function startGated(
  time: FakeTime,
  options: GatedOptions = {},
): Promise<GatedController> {
  const { source = scriptedSource(), deps: change = (deps) => deps } = options;
  const gates = options.gates ?? scriptedNodeGates(source);
  const gate = { ...RULES, ...options.gate };
  const { gate: _, gates: __, ...rest } = options;
  const controller = await startController(time, {
    ...rest,
    source,
    rules: { ...SAMPLE_RULES, gateFor: gate.for },
    gate,
    deps: (deps) => change({ ...deps, shown: new ShownBucket(), nodeGates: gates }),
  });
  return Object.assign(controller, {
    gates,
    lifted: () => gates.tried.filter(({ change }) => change === "lift").map(({ node }) => node),
    told: () =>
      controller.logger.lines.filter(({ message }) => message.includes("the gate of"))
        .map(({ fields: { node, by, why, hopeless } }) =>
          [node, by, why ?? hopeless].filter((part) => part !== undefined).join(" ")
        ),
    async report(
      node: string,
      images: Readonly<Record<string, string>>,
      about: { readonly nodeUid?: string } = {},
    ) {
      const since = new Date(controller.clock.wallMs()).toISOString();
      const { nodeUid = controller.source.nodes.get(node)?.uid } = about;
      await controller.meddle(reportKey(node), {
        v: 1,
        node,
        ...(nodeUid !== "" && { nodeUid }),
        agent: "1",
        at: since,
        images: Object.fromEntries(
          Object.entries(images).map(([image, text]) => {
            const [, state, reason] = /^(\w+)(?:: (.*))?$/.exec(text) ?? [];
            return [image, { state, since, ...(reason !== undefined && { reason }) }];
          }),
        ),
      });
    },
    gateOf(node: string) {
      const decoded = decodeNode(controller.bucket.values.get(nodeKey(node)) ?? "");
      return "value" in decoded ? decoded.value.gate : undefined;
    },
  });
}

/** A node that has just been made, with our taint. */
export function coldNode(name: string, rest: Partial<ObservedNode> = {}): ObservedNode {
  const now = Date.now();
  return sampleNode(name, { taints: [COLD], createdMs: now, taintsMs: now, ...rest });
}
