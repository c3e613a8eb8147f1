/** What a request asks of a resource of known size: bytes `from` to before `end`, or what it has not. */
export type RequestedRange =
  | { readonly kind: "whole" }
  | { readonly kind: "part"; readonly from: number; readonly end: number }
  | { readonly kind: "unsatisfiable" };

/**
 * Reads a `Range` header (RFC 9110 §14). One range of bytes is understood; anything else is as if it
 * had not been sent, as the standard allows.
 */
export function requestedRange(header: string | null, bytes: number): RequestedRange {
  const match = /^bytes=(\d*)-(\d*)$/i.exec(header?.trim() ?? "");
  const [, first = "", last = ""] = match ?? [];
  if (first === "" && last === "") return { kind: "whole" };
  if (first === "") return part(Math.max(bytes - Number(last), 0), bytes);
  if (last !== "" && Number(last) < Number(first)) return { kind: "whole" };
  return part(Number(first), last === "" ? bytes : Math.min(Number(last) + 1, bytes));
}

function part(from: number, end: number): RequestedRange {
  return from < end ? { kind: "part", from, end } : { kind: "unsatisfiable" };
}
