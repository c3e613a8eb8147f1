import { delay } from "../../async/delay.ts";
import type { Observed } from "../../pure/objects/observed.ts";
import type { Fields } from "../../pure/objects/raw_value.ts";
import { collectObjects } from "./collect_objects.ts";
import { type ManifestPart, manifestValues } from "./manifest_values.ts";
import type { Observe } from "./observer.ts";

/** What a manifest holds, and what is wrong with it: `file:line: why`. */
export interface ParsedManifest {
  readonly observed: readonly Observed[];
  /** Objects that could not be read. */
  readonly faults: readonly string[];
  /** What was read in one way and may have been meant in another. */
  readonly warnings: readonly string[];
  /** Number of documents that are no Kubernetes objects. */
  readonly leftOut: number;
  /** Number of objects that name images and are of kinds that are not asked for, by kind. */
  readonly notFollowed: ReadonlyMap<string, number>;
}

/**
 * Reads JSON or YAML of many documents. A faulty document is named by file and line, and the others
 * still count. Large input is read in pieces with pauses, so that other work goes on; an abort of
 * `signal` is thrown.
 */
export async function parseManifest(
  text: string,
  name: string,
  options: { readonly signal: AbortSignal; readonly observe: Observe },
): Promise<ParsedManifest> {
  const manifest = new Manifest(name, options.observe);
  let pausedMs = performance.now();
  for (const part of manifestValues(text, name)) {
    manifest.add(part);
    if (performance.now() - pausedMs < PAUSE_EVERY_MS) continue;
    await delay(0, options);
    pausedMs = performance.now();
  }
  return manifest;
}

const PAUSE_EVERY_MS = 50;

class Manifest implements ParsedManifest {
  readonly observed: Observed[] = [];
  readonly faults: string[] = [];
  readonly warnings: string[] = [];
  leftOut = 0;
  readonly notFollowed = new Map<string, number>();
  readonly #name: string;
  readonly #observe: Observe;

  constructor(name: string, observe: Observe) {
    this.#name = name;
    this.#observe = observe;
  }

  add(part: ManifestPart): void {
    switch (part.type) {
      case "value":
        return this.#collect(part.value, part.line);
      case "fault":
        if (part.claims) this.#note("faults", part.line, part.why);
        else this.leftOut++;
        return;
      case "warning":
        return this.#note("warnings", part.line, part.why);
      default:
        return part satisfies never;
    }
  }

  #collect(value: unknown, line: number): void {
    const isLeftOut = collectObjects(value, {
      object: (raw) => this.#keep(raw),
      fault: (why) => this.#note("faults", line, why),
    });
    if (isLeftOut) this.leftOut++;
  }

  #keep(raw: Fields): void {
    const observed = this.#observe(raw);
    if (observed?.type === "notFollowed") {
      const { kind } = observed;
      this.notFollowed.set(kind, (this.notFollowed.get(kind) ?? 0) + 1);
    } else if (observed !== undefined) this.observed.push(observed);
  }

  #note(what: "faults" | "warnings", line: number, why: string): void {
    const notes = this[what];
    if (notes.length === MAX_NAMED) notes.push(`${this.#name}: more ${what} are not shown`);
    if (notes.length < MAX_NAMED) notes.push(`${this.#name}:${line}: ${why}`);
  }
}

/** Most faults, and most warnings, that are named of one file. */
const MAX_NAMED = 100;
