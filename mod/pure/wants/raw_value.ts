/**
 * Reading parsed YAML or JSON of which nothing is known. Each reader takes anything and never
 * throws; what has another shape reads as empty. Hand-written, as a schema library is too slow for
 * the tens of thousands of objects of a cluster's first list.
 */

/** The fields of an object; empty for anything else. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return isFields(value) ? value : {};
}

/** Whether the value is an object with fields: neither a list nor null. */
export function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The items of a list; empty for anything else. */
export function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A non-empty text; undefined for anything else. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/**
 * The texts of a map such as labels, ordered by key so that equal maps are written alike.
 * Numbers and booleans that YAML made of unquoted texts are read as the texts they were meant as.
 */
export function textsOf(value: unknown): Readonly<Record<string, string>> {
  const texts: Record<string, string> = {};
  const fields = fieldsOf(value);
  for (const key of Object.keys(fields).sort()) {
    const text = scalarText(fields[key]);
    if (text !== undefined) texts[key] = text;
  }
  return texts;
}

/** A scalar as text, also an empty one; undefined for lists, objects and nothing. */
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
