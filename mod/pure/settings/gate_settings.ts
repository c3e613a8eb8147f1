import type { GateFor, GateTaint } from "../node_gate/gate_rules.ts";
import { parseLabelSelector } from "../placement/label_selector.ts";
import { withoutUnset } from "../without_unset.ts";
import type { Reading, ValueType } from "./settings_table.ts";

/** A taint as kubectl writes it: `key`, `key=value`, `key:NoSchedule`, `key=value:NoSchedule`. */
export function readGateTaint(text: string): Reading<GateTaint> {
  const [, key, value, effect] = TAINT.exec(text) ?? [];
  if (key === undefined) {
    return { fault: "cannot be a taint: example.com/cold, or key=value:effect" };
  }
  return { value: withoutUnset({ key, value, effect }) };
}

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
