import type { Observed } from "./observed.ts";

/** ConfigMap with the label `warm-images/list: "true"`: images listed by hand. */
export function observeImageList(_raw: Readonly<Record<string, unknown>>): Observed {
  return { type: "ignored" };
}
