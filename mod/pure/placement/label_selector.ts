import type { NodeRequirement } from "../objects/observed.ts";
import { isLabelValue } from "./label_syntax.ts";

/**
 * Reads a label selector as `kubectl --selector` takes it, such as `pool=ci,zone in (a,b),!spot`
 * (`labels.Parse` of k8s.io/apimachinery). The requirements mean the same in a node selector term:
 * `NotIn` is met by a node without the label, too.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 */
export function parseLabelSelector(
  text: string,
): readonly NodeRequirement[] | { readonly fault: string } {
  const requirements: NodeRequirement[] = [];
  if (text.trim() === "") return requirements;
  for (const part of partsOf(text)) {
    const requirement = requirementOf(part);
    if (requirement === undefined) {
      return { fault: `"${part.slice(0, MAX_SHOWN)}" is no requirement of labels` };
    }
    requirements.push(requirement);
  }
  return requirements;
}

/** Faults stay small, and everything linear in time, whatever an annotation holds. */
const MAX_SHOWN = 100;

/** Splits at the commas that are not between parentheses. */
function partsOf(text: string): string[] {
  const parts: string[] = [];
  let isBetween = false;
  for (const piece of text.split(",")) {
    if (isBetween) parts.push(`${parts.pop()},${piece}`);
    else parts.push(piece);
    const [opens, closes] = [piece.lastIndexOf("("), piece.lastIndexOf(")")];
    if (opens !== closes) isBetween = opens > closes;
  }
  return parts.map((part) => part.trim());
}

const KEY = String
  .raw`(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?`;
const EXISTS = new RegExp(`^(!?)\\s*(${KEY})$`);
const COMPARES = new RegExp(`^(${KEY})\\s*(==|=|!=|>|<)\\s*(\\S*)$`);
const AMONG = new RegExp(`^(${KEY})\\s+(in|notin)\\s*\\(([^()]*)\\)$`);

function requirementOf(part: string): NodeRequirement | undefined {
  const [, not, present] = EXISTS.exec(part) ?? [];
  if (present !== undefined) return { key: present, operator: not ? "DoesNotExist" : "Exists" };
  const [, among, which, list = ""] = AMONG.exec(part) ?? [];
  if (among !== undefined) {
    if (list.trim() === "") return undefined;
    const values = [...new Set(list.split(",").map((value) => value.trim()))];
    if (!values.every(isLabelValue)) return undefined;
    return { key: among, operator: which === "in" ? "In" : "NotIn", values };
  }
  const [, key, operator = "", value = ""] = COMPARES.exec(part) ?? [];
  if (key === undefined || !isLabelValue(value)) return undefined;
  if ((operator === ">" || operator === "<") && !/^\d{1,18}$/.test(value)) return undefined;
  return { key, operator: OPERATORS[operator] ?? "", values: [value] };
}

const OPERATORS: Readonly<Record<string, string>> = {
  "=": "In",
  "==": "In",
  "!=": "NotIn",
  ">": "Gt",
  "<": "Lt",
};
