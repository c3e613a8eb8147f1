/**
 * Readers of parsed YAML or JSON of unknown shape. They take any value and never throw; a value of
 * another shape reads as empty. They are written by hand because a schema library is too slow for
 * the tens of thousands of objects in a cluster's first list.
 */

/** The fields of a parsed object. */
export type Fields = Readonly<Record<string, unknown>>;

/** The fields of an object; empty for anything else. */
export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

/** Whether the value is an object; lists and null are none. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The items of a list; empty for anything else. */
export function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A string that is not empty; undefined for anything else. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/**
 * The strings of a map such as labels, ordered by key so that equal maps give equal JSON. Numbers
 * and booleans are read as strings: YAML makes them of values without quotes.
 */
export function textsOf(value: unknown): Readonly<Record<string, string>> {
  const texts: [string, string][] = [];
  const fields = fieldsOf(value);
  for (const key of Object.keys(fields).sort()) {
    const text = scalarText(fields[key]);
    if (text !== undefined) texts.push([key, text]);
  }
  return Object.fromEntries(texts); // which takes any key, `__proto__` too
}

/** A string (also an empty one), number or boolean as a string; undefined for anything else. */
export function scalarText(value: unknown): string | undefined {
  switch (typeof value) {
    case "string":
      return value;
    case "number":
    case "boolean":
      return String(value);
    default:
      return undefined;
  }
}
