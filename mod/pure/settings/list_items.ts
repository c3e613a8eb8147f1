import { closest } from "fastest-levenshtein";
import { parseImagePath } from "../objects/image_path.ts";
import { AUTO, CUSTOM_WORD, EVENT, KIND_NAMES, kindNamed } from "../objects/kind_choice.ts";
import type { Reading } from "./settings_table.ts";

/** `auto`, `Event`, the name of a known kind, or any kind by its group, with or without a path. */
export function readKind(text: string): Reading<string> {
  if (text.toLowerCase() === AUTO) return { value: AUTO };
  if (/^events?$/i.test(text)) return { value: EVENT };
  const kind = kindNamed(text);
  if (kind !== undefined) return { value: kind };
  const custom = CUSTOM_WORD.exec(text);
  if (custom !== null) {
    const path = parseImagePath(custom[3] ?? "$");
    return "fault" in path ? { fault: `has no JSONPath after =: ${path.fault}` } : { value: text };
  }
  const nearest = KIND_NAMES[lowerNames().indexOf(closest(text.toLowerCase(), lowerNames()))];
  return {
    fault: `is no known kind, the nearest known one is ${nearest}; others are named by resource ` +
      "and group, such as shops.example.com",
  };
}

function lowerNames(): string[] {
  return KIND_NAMES.map((name) => name.toLowerCase());
}

/** A namespace's name with `*` and `?` for any characters. */
export function readSpace(text: string): Reading<string> {
  return /^[a-z0-9*?-]{1,63}$/.test(text)
    ? { value: text }
    : { fault: "cannot be a namespace: small letters, digits, - and the globs * and ?" };
}

/** The key of a taint, with `*` and `?` for any characters. */
export function readTaintKey(text: string): Reading<string> {
  return /^[A-Za-z0-9*?._-]+(?:\/[A-Za-z0-9*?._-]+)?$/.test(text) && !/^[*?/]+$/.test(text)
    ? { value: text }
    : { fault: "cannot be the key of a taint: example.com/not-ready, example.com/*" };
}
