import { parse } from "yaml";
import { messageOf } from "../message_of.ts";
import { placementOf } from "../placement/pod_placement.ts";
import { withoutUnset } from "../without_unset.ts";
import { imagesAt } from "./images_in_pod.ts";
import { metadataOf } from "./observe_metadata.ts";
import { observeShapes } from "./observe_pod_spec.ts";
import type { Observed, ObservedFault, Placement, PodShape, Want } from "./observed.ts";
import { type Fields, fieldsOf, isFields, scalarText, textOf } from "./raw_value.ts";

/**
 * ConfigMap with the label `warm-images/list: "true"`: images listed by hand. Its data:
 * - `images`: one reference a line; empty lines, and what follows a `#`, are comments
 * - `nodeSelector`: labels that nodes must have: YAML, or one `key=value` a line
 * - `tolerations`: YAML, as in a pod's specification
 * - `priority`: `high`, `low` or a number, as that of a PriorityClass
 * - `refresh`: `"true"` where tags are moved: they are looked at again
 *
 * Without a selector the images are wanted on all nodes that ordinary pods may use. A selector that
 * cannot be read selects no node. A ConfigMap without the label is ignored.
 */
export function observeImageList(raw: Fields, kind: string): Observed {
  // An annotation does not do: a cluster is asked for ConfigMaps by their label.
  if (scalarText(metadataOf(raw).labels[LABEL]) !== "true") return { type: "ignored" };
  const data = fieldsOf(raw["data"]);
  const faults: ObservedFault[] = [];
  const say: Say = (key, why) => {
    faults.push({ field: `data.${key}`, value: (textOf(data[key]) ?? "").slice(0, 80), why });
  };
  for (const key of Object.keys(data)) {
    if (!KEYS.has(key)) say(key, `a list has no such key, only ${[...KEYS].join(", ")}`);
    else if (typeof data[key] !== "string") say(key, "it is not a text");
  }
  if (data["images"] === undefined) say("images", "it is missing");
  const refresh = textOf(data["refresh"])?.trim() ?? "false";
  if (refresh !== "true" && refresh !== "false") say("refresh", "it is neither true nor false");
  const wants = readImages(textOf(data["images"]) ?? "", refresh === "true", faults);
  const placement = readPlacement(data, say);
  const { number, mark } = readPriority(textOf(data["priority"])?.trim(), say);
  const shape: PodShape = withoutUnset({
    wants: placement === undefined ? [] : wants,
    placement: placement ?? {},
    priority: number,
    pullSecrets: [],
    serviceAccount: "",
  });
  const record = observeShapes(raw, { shapes: [shape], faults }, { kind });
  if (record.type !== "workload" || mark === undefined) return record;
  const { workload } = record;
  const marks = { ...workload.marks, priority: mark };
  return { type: "workload", workload: { ...workload, marks } };
}

/** Says that a key of the list cannot be read. */
type Say = (key: string, why: string) => void;

const LABEL = "warm-images/list";

const KEYS: ReadonlySet<string> = new Set([
  "images",
  "nodeSelector",
  "tolerations",
  "priority",
  "refresh",
]);

function readImages(text: string, refresh: boolean, faults: ObservedFault[]): readonly Want[] {
  const lines = text.split(/\r?\n/).map((line, index) => ({
    container: "",
    field: `data.images line ${index + 1}`,
    value: line.replace(/(^|\s)#.*$/, "").trim(),
    policy: refresh ? "Always" : "IfNotPresent",
  }));
  const found = imagesAt(lines.filter(({ value }) => value !== ""));
  faults.push(...found.faults);
  return found.wants;
}

/** `mark` counts as the annotation `warm-images/priority` does, `number` as a PriorityClass. */
function readPriority(
  text: string | undefined,
  say: Say,
): { readonly number?: number; readonly mark?: "high" | "low" } {
  if (text === undefined) return {};
  if (text === "high" || text === "low") return { mark: text };
  if (/^-?\d{1,10}$/.test(text)) return { number: Number(text) };
  say("priority", "it must be high, low or a number");
  return {};
}

/** Undefined where it cannot be known which nodes are meant. */
function readPlacement(data: Fields, say: Say): Placement | undefined {
  const tolerations = readYaml(textOf(data["tolerations"]) ?? "");
  const isList = "value" in tolerations && Array.isArray(tolerations.value ?? []);
  if (!isList) say("tolerations", "fault" in tolerations ? tolerations.fault : "it is not a list");
  const nodeSelector = readSelector(data["nodeSelector"]);
  if ("fault" in nodeSelector) {
    if (typeof data["nodeSelector"] === "string") {
      say("nodeSelector", `${nodeSelector.fault}: the whole list waits for it`);
    }
    return undefined;
  }
  const value = isList ? tolerations.value : [];
  return placementOf({ nodeSelector: nodeSelector.value, tolerations: value });
}

type Read = { readonly value: unknown } | { readonly fault: string };

function readSelector(text: unknown = ""): Read {
  if (typeof text !== "string") return { fault: "it is not a text" };
  const lines = text.split(/\r?\n/).map((line) => line.replace(/(^|\s)#.*$/, "").trim())
    .filter((line) => line !== "");
  const pairs = lines.map((line) => /^([\w./-]+)\s*=\s*([\w.-]*)$/.exec(line));
  if (pairs.every((pair) => pair !== null)) {
    return { value: Object.fromEntries(pairs.map(([, key, value]) => [key, value])) };
  }
  const read = readYaml(text);
  if ("fault" in read || isFields(read.value)) return read;
  return { fault: "it is neither a map nor lines of key=value" };
}

/** All values are texts, as labels are: 1.10 is no number. */
function readYaml(text: string): Read {
  try {
    return { value: parse(text, { schema: "failsafe", logLevel: "error" }) ?? null };
  } catch (error) {
    const [line = ""] = messageOf(error).split("\n", 1);
    return { fault: `it is no YAML: ${line.replace(/:$/, "")}` };
  }
}
