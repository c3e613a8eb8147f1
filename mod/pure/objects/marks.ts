import { parseLabelSelector } from "../placement/label_selector.ts";
import { unlessEmpty } from "../unless_empty.ts";
import { withoutUnset } from "../without_unset.ts";
import { markOf, metadataOf } from "./observe_metadata.ts";
import { KEPT_MODES, type PrivateMode } from "../private_images/private_mode.ts";
import type { Marks, ObservedFault } from "./observed.ts";

/** What users say of an object, and what of it cannot be read. */
export interface ReadMarks {
  /** Undefined where they say nothing. */
  readonly marks: Marks | undefined;
  readonly faults: readonly ObservedFault[];
}

const PREFIX = "warm-images/";
/** What users may say; `list` is read of ConfigMaps. */
const USERS: readonly string[] = ["skip", "priority", "nodes", "also", "watch", "list", "private"];
/** What the chart says of its own pods. */
const OWN: readonly string[] = ["config", "logins"];
const KNOWN = new Set([...USERS, ...OWN].map((name) => `${PREFIX}${name}`));

/** What an object is, where that decides which marks it may have. */
export interface MarkedObject {
  /** Namespaces alone say how private images are kept: who may write a pod could say it else. */
  readonly isNamespace?: boolean;
}

/** Reads what users say of an object by annotations and labels `warm-images/*`. */
export function readMarks(raw: unknown, { isNamespace = false }: MarkedObject = {}): ReadMarks {
  const faults: ObservedFault[] = [];
  const read = <T>(name: string, parse: (text: string) => T | { readonly fault: string }) => {
    const value = markOf(raw, `warm-images/${name}`);
    if (value === undefined) return undefined;
    const parsed = parse(value);
    if (!isFault(parsed)) return parsed;
    faults.push({ field: `warm-images/${name}`, value: value.slice(0, 200), why: parsed.fault });
  };
  const marks: Marks = withoutUnset({
    priority: read("priority", priorityOf),
    nodes: read("nodes", parseLabelSelector),
    also: read("also", alsoOf),
    watch: read("watch", trueOrFalse),
    private: isNamespace
      ? read<PrivateMode>("private", privateModeOf) ?? offUnlessMissing(raw)
      : read<PrivateMode>("private", onNamespacesAlone),
  });
  read("skip", trueOrFalse); // `asksToSkip` reads it
  for (const field of unknownMarks(raw)) {
    faults.push({ field, value: "", why: `there is no such mark, only ${USERS.join(", ")}` });
  }
  return { marks: unlessEmpty(marks), faults };
}

function priorityOf(text: string): NonNullable<Marks["priority"]> | { readonly fault: string } {
  return text === "high" || text === "low" ? text : { fault: "it is neither high nor low" };
}

/** Words with commas or white space between. */
function alsoOf(text: string): NonNullable<Marks["also"]> | { readonly fault: string } {
  const words = text.split(/[\s,]+/).filter((word) => word !== "");
  const also = (["env", "args"] as const).filter((word) => words.includes(word));
  return also.length > 0 && also.length === new Set(words).size
    ? also
    : { fault: "it has other words than env and args" };
}

function privateModeOf(text: string): PrivateMode | { readonly fault: string } {
  const mode = (["off", ...KEPT_MODES] as const).find((each) => each === text);
  return mode ?? { fault: "it is none of off, bytes and open" };
}

/** What cannot be read is no mark that is missing, for which others may be supposed. */
function offUnlessMissing(raw: unknown): PrivateMode | undefined {
  return markOf(raw, "warm-images/private") === undefined ? undefined : "off";
}

function onNamespacesAlone(): { readonly fault: string } {
  return { fault: "only Namespaces have this mark" };
}

function trueOrFalse(text: string): true | undefined | { readonly fault: string } {
  if (text === "true") return true;
  return text === "false" ? undefined : { fault: "it is neither true nor false" };
}

function unknownMarks(raw: unknown): string[] {
  const { annotations, labels } = metadataOf(raw);
  return [...Object.keys(annotations), ...Object.keys(labels)]
    .filter((key) => key.startsWith(PREFIX) && !KNOWN.has(key));
}

function isFault<T>(parsed: T | { readonly fault: string }): parsed is { readonly fault: string } {
  return typeof parsed === "object" && parsed !== null && "fault" in parsed;
}
