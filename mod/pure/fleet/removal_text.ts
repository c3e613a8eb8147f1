import { type TextTable, withoutEmptyColumns } from "../text_table.ts";
import { visibleText } from "../visible_text.ts";
import type { RemovalVerdict } from "./removal_verdict.ts";

/** How a removal ended, as `remove-bytes --output json` prints it. */
export interface RemovalResult extends Omit<RemovalVerdict, "isDone"> {
  readonly v: 1;
  /** With these exit codes: 0 and 1. */
  readonly result: "removed" | "timeout";
  /** Why the bucket could not be read or written in the end. */
  readonly fault?: string;
}

/** One line while it is waited. */
export function removalLine({ done, due, nodes, awaited }: RemovalVerdict): string {
  const [first] = nodes;
  const more = awaited > 1 ? `, and ${awaited - 1} more` : "";
  const what = first === undefined ? "" : `: ${first.node}, ${first.reason}${more}`;
  return visibleText(`Waits, ${done} of ${due} nodes keep no bytes${what}`);
}

/** What a person is told in the end. */
export function removalText(result: RemovalResult): (string | TextTable)[] {
  const { done, due, nodes, awaited, fault } = result;
  if (result.result === "removed") {
    return [due === 0 ? "No node keeps bytes" : `No node keeps bytes any more: ${done} of ${due}`];
  }
  const rest = awaited - nodes.length;
  return [
    `${done} of ${due} nodes keep no bytes when time was up${
      fault === undefined ? "" : `: ${fault}`
    }`,
    ...(nodes.length > 0 ? [nodesTable(nodes)] : []),
    ...(rest > 0 ? [`${rest} more may keep some`] : []),
    ...(awaited > 0 ? [BY_HAND] : []),
  ];
}

/** For nodes without an agent. */
const BY_HAND = 'mod/README.md tells how to remove them by hand: "ctr -n warm-images …"';

function nodesTable(nodes: RemovalResult["nodes"]): TextTable {
  return withoutEmptyColumns({
    heads: ["node", "agent", "why"],
    kinds: ["name", "whole", "prose"],
    cells: nodes.map(({ node, agent, reason }) => [
      visibleText(node),
      { text: agent, tone: agent === "stale" ? "bad" : "busy" },
      visibleText(reason),
    ]),
  });
}
