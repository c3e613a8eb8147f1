import { distance } from "fastest-levenshtein";
import { compareTexts } from "../compare_texts.ts";
import { parseImageReference } from "../images/image_reference.ts";

/**
 * The images that a text may mean, of those that are known by canonical reference, in order: the one
 * that is written so, else those of the repository that it names, else those whose reference
 * contains it. `nginx` is `docker.io/library/nginx`, whatever its tag, as it is to `docker pull`.
 */
export function namedImages(text: string, known: Iterable<string>): string[] {
  const asked = text.trim();
  if (asked === "") return [];
  const all = [...known];
  const parsed = parseImageReference(asked);
  if ("reference" in parsed) {
    const { registry, repository, canonical } = parsed.reference;
    if (all.includes(canonical)) return [canonical];
    const path = `${registry}/${repository}`;
    const ofRepository = isBare(asked) ? all.filter((each) => pathOf(each) === path) : [];
    if (ofRepository.length > 0) return ofRepository.sort(compareTexts);
  }
  const part = asked.toLowerCase();
  return all.filter((each) => each.toLowerCase().includes(part)).sort(compareTexts);
}

/** Most names that are given as nearest. */
const NEAREST = 5;

/** Known images that are called alike, the nearest first. */
export function nearestImages(text: string, known: Iterable<string>): string[] {
  const asked = text.trim().toLowerCase();
  const ranked = [...known].map((reference) => ({ reference, far: farness(asked, reference) }));
  return ranked.filter(({ far }) => far <= FAR)
    .sort((left, right) => left.far - right.far || compareTexts(left.reference, right.reference))
    .slice(0, NEAREST).map(({ reference }) => reference);
}

/** Names of which more than this part differs are not alike. */
const FAR = 0.45;

/** How much of two names differs, from 0 to 1, in the way of writing in which they are most alike. */
function farness(asked: string, reference: string): number {
  const ours = waysToWrite(asked);
  return Math.min(
    ...waysToWrite(reference.toLowerCase()).flatMap((theirs) =>
      ours.map((each) => distance(each, theirs) / Math.max(each.length, theirs.length, 1))
    ),
  );
}

/** A reference whole, without Docker's own registry, and what stands behind its last slash. */
function waysToWrite(reference: string): string[] {
  const short = reference.replace(/^docker\.io\/(?:library\/)?/, "");
  const last = short.slice(short.lastIndexOf("/") + 1);
  return [...new Set([reference, short, last, pathOf(last)])].filter((each) => each !== "");
}

/** Without tag and digest. */
function pathOf(reference: string): string {
  return reference.replace(/@.*$|:[^/:]*$/, "");
}

function isBare(text: string): boolean {
  return pathOf(text) === text;
}
