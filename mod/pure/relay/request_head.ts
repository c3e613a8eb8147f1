/** What there is to know of a request without a body (RFC 9112 §3). */
export interface RequestHead {
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  /** Its `Range`. */
  readonly range: string | undefined;
  /** Whether its connection may be used for another one. */
  readonly keepsAlive: boolean;
}

/**
 * Reads the head of an HTTP/1 request, without the empty line at its end. Undefined: it is none, or
 * one with a body, of which nobody here would know the end. Never throws.
 */
export function parseRequestHead(text: string): RequestHead | undefined {
  const [first = "", ...lines] = text.split("\r\n");
  const [, method, path, minor] = /^([A-Z]+) (\/[^\s?]*)\S* HTTP\/1\.([01])$/.exec(first) ?? [];
  if (method === undefined || path === undefined) return undefined;
  const fields = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = /^([!#$%&'*+.^`|~\w-]+):(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) return undefined;
    fields.set(name.toLowerCase(), value.trim());
  }
  const bodyBytes = fields.get("content-length") ?? "0";
  if (bodyBytes !== "0" || fields.has("transfer-encoding")) return undefined;
  const closes = /(^|[\s,])close($|[\s,])/i.test(fields.get("connection") ?? "");
  return { method, path, range: fields.get("range"), keepsAlive: minor === "1" && !closes };
}
