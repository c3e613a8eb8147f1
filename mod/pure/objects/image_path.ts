import { JSONPathEnvironment } from "json-p3";
import { messageOf } from "../message_of.ts";
import type { Fields } from "./raw_value.ts";

/** Finds the fields of an object that hold references. */
export type ImagePath = (object: Fields) => FoundFields;

/** What is at a path; `fault` says why an object cannot be searched. */
export type FoundFields = { readonly fields: readonly FoundField[] } | { readonly fault: string };

/** A field, and the names and numbers that lead to it. */
export interface FoundField {
  readonly location: readonly (string | number)[];
  readonly value: unknown;
}

/**
 * Reads a JSONPath (RFC 9535). Kubernetes' ways to write one are taken too: without the `$`, and in
 * braces (https://kubernetes.io/docs/reference/kubectl/jsonpath/).
 */
export function parseImagePath(
  text: string,
): { readonly path: ImagePath } | { readonly fault: string } {
  const bare = (/^\{(.*)\}$/s.exec(text.trim())?.[1] ?? text).trim();
  const query = bare.startsWith("$") ? bare : `$${/^[.[]/.test(bare) ? "" : "."}${bare}`;
  try {
    const compiled = new JSONPathEnvironment().compile(query);
    return { path: (object) => search(() => compiled.query(object as never).nodes) };
  } catch (error) {
    return { fault: reasonOf(error) };
  }
}

function search(query: () => readonly FoundField[]): FoundFields {
  try {
    return { fields: query().map(({ location, value }) => ({ location, value })) };
  } catch (error) {
    return { fault: reasonOf(error) }; // such as an object that is deeper than `..` goes
  }
}

/** Without the place in the path, which the library appends. */
function reasonOf(error: unknown): string {
  return messageOf(error).replace(/ \('.*\)$/s, "");
}
