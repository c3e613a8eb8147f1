import {
  type BeatValue,
  decodeBeat,
  decodePart,
  decodeReport,
  type PartValue,
  type ReportValue,
} from "../bucket/agent_wire.ts";
import { type AgentKey, isAgentKey } from "../bucket/agents_seen.ts";
import type { Decoded } from "../bucket/decode.ts";
import type { StateKey } from "../bucket/state_keys.ts";
import {
  decodeNode,
  decodeWanted,
  decodeWhere,
  type NodeValue,
  type WantedValue,
  type WhereValue,
} from "../bucket/wire.ts";

/** A value of the bucket that people are shown something of. */
export type ShownValue = WrittenValue | AgentValue;

type WrittenValue =
  | { readonly type: "node"; readonly value: NodeValue }
  | { readonly type: "wanted"; readonly value: WantedValue }
  | { readonly type: "where"; readonly part: number; readonly value: WhereValue };

/** One that an agent wrote. */
export type AgentValue =
  | { readonly type: "beat"; readonly value: BeatValue }
  | {
    readonly type: "report";
    readonly value: ReportValue;
    /** Images were left out of it that nobody asked for. */
    readonly isPartial?: true;
  }
  | { readonly type: "part"; readonly part: number; readonly value: PartValue };

/** A value that could be read, or why it could not. */
export type DecodedShown<Value extends ShownValue = ShownValue> =
  | Value
  | { readonly fault: string };

/** Reads a value by its key; undefined where nothing of it is shown. */
export function decodeShown(key: StateKey, text: string): DecodedShown | undefined {
  if (isAgentKey(key)) return decodeAgentValue(key, text);
  switch (key.type) {
    case "node":
      return shown(decodeNode(text), (value) => ({ type: "node", value }));
    case "wanted":
      return shown(decodeWanted(text), (value) => ({ type: "wanted", value }));
    case "where":
      return shown(decodeWhere(text), (value) => ({ type: "where", part: key.part, value }));
    default:
      return undefined;
  }
}

/** Reads a value that an agent wrote. */
export function decodeAgentValue(key: AgentKey, text: string): DecodedShown<AgentValue> {
  switch (key.type) {
    case "beat":
      return shown(decodeBeat(text), (value) => ({ type: "beat", value }));
    case "report":
      return shown(decodeReport(text), (value) => ({ type: "report", value }));
    case "part":
      return shown(decodePart(text), (value) => ({ type: "part", part: key.part, value }));
  }
}

function shown<T, Value extends ShownValue>(
  decoded: Decoded<T>,
  as: (value: T) => Value,
): DecodedShown<Value> {
  return "fault" in decoded ? decoded : as(decoded.value);
}
