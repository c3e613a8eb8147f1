import { compareTexts } from "../compare_texts.ts";
import { namedImages, nearestImages } from "../why/named_images.ts";
import type { Fleet } from "./fleet.ts";

/** What a person may mean by a name, or a part of one. */
export interface Named {
  /** Names of nodes, in order. */
  readonly nodes: readonly string[];
  /** Canonical references, in order. */
  readonly images: readonly string[];
}

/** The nodes and images that a text names: those of exactly this name, else those that it is a part of. */
export function namedIn({ nodes, images }: Fleet, text: string): Named {
  const asked = text.trim();
  if (nodes.has(asked)) return { nodes: [asked], images: [] };
  const found = namedImages(asked, images.keys());
  if (found.length === 1 && found[0] === asked) return { nodes: [], images: found };
  const part = asked.toLowerCase();
  const names = part === "" ? [] : [...nodes.keys()];
  return {
    nodes: names.filter((name) => name.toLowerCase().includes(part)).sort(compareTexts),
    images: found,
  };
}

/** Why nothing is found, with what is called alike. */
export function notFoundText({ nodes, images }: Fleet, text: string): string {
  const nearest = nearestImages(text, [...nodes.keys(), ...images.keys()]);
  const hint = nearest.length === 0 ? "" : `; nearest: ${nearest.join(", ")}`;
  return `No node or image is called "${text}" or has that in its name${hint}`;
}
