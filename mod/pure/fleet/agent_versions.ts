import { visibleText } from "../visible_text.ts";
import type { NodeRow } from "./node_rows.ts";

/** The versions of all agents, in order. */
export function versionsOf(rows: readonly NodeRow[]): string[] {
  const versions = rows.flatMap(({ version }) => version === undefined ? [] : [version]);
  return [...new Set(versions)].sort().map(visibleText);
}
