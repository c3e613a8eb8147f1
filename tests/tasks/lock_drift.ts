/** What deno.lock holds, as far as this project reads it. */
export type Lock = Readonly<Record<string, Readonly<Record<string, unknown>> | string>>;

/** Sections with an entry for each package. */
const SECTIONS = ["specifiers", "npm", "jsr"];

/**
 * How a completed lock differs from the committed one, a line each; what JSR alone could tell, and
 * the committed one lacks, does not count.
 */
export function lockDrift(committed: Lock, completed: Lock): string[] {
  return SECTIONS.flatMap((section) => {
    const before = entriesOf(committed, section);
    const after = entriesOf(completed, section);
    return [...new Set([...before.keys(), ...after.keys()])]
      .filter((key) => before.get(key) !== after.get(key))
      .filter((key) => before.has(key) || !(section === "jsr" || key.startsWith("jsr:")))
      .map((key) => `${section} "${key}": ${before.get(key)} → ${after.get(key)}`);
  });
}

function entriesOf(lock: Lock, section: string): Map<string, string> {
  const entries = Object.entries(lock[section] ?? {});
  return new Map(entries.map(([key, value]) => [key, JSON.stringify(value)]));
}
