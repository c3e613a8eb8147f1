import { closest } from "fastest-levenshtein";
import { parseImagePath } from "../objects/image_path.ts";
import { AUTO, CUSTOM_WORD, KIND_NAMES } from "../objects/kind_choice.ts";
import type { Reading } from "./settings_table.ts";

/** A kind in any case, singular or plural; `resource.group` with or without a path; `auto`. */
export function readKind(text: string): Reading<string> {
  const wanted = text.toLowerCase();
  if (wanted === AUTO) return { value: AUTO };
  const kind = KIND_NAMES.find((known) =>
    [known, `${known}s`].some((each) => each.toLowerCase() === wanted)
  );
  if (kind !== undefined) return { value: kind };
  const custom = CUSTOM_WORD.exec(text);
  if (custom !== null) {
    const path = parseImagePath(custom[3] ?? "$");
    return "fault" in path ? { fault: `has no JSONPath after =: ${path.fault}` } : { value: text };
  }
  return { fault: `is no known kind, the nearest known one is ${closest(text, KIND_NAMES)}` };
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
