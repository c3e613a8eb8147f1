import type { GateFor } from "../node_gate/gate_rules.ts";
import type { Marks } from "../objects/observed.ts";
import type { Asked } from "./asked.ts";

/**
 * Whether what an object asks for is due on new nodes before these take pods; `marks` are those that
 * hold for the object. Undefined: it is not.
 */
export function isDue(
  { asleep, reason: { how } }: Pick<Asked, "asleep" | "reason">,
  { gate }: Marks,
  gateFor: GateFor | undefined,
): true | undefined {
  switch (gateFor?.type) {
    case undefined:
      return undefined;
    case "running":
    case "share":
      // Rollbacks are asleep.
      return asleep || how === "also" ? undefined : true;
    case "selector":
      // Nobody rolls back on a new node first.
      return how === "kept" ? undefined : gate;
    case "all":
      return true;
    default:
      return gateFor satisfies undefined;
  }
}
