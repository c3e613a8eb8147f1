/** Bytes of a blob, from the first one to before `end`. */
export interface ByteRange {
  readonly from: number;
  readonly end: number;
}

/** What an answer with 206 says: which bytes it brings, and of how many, if that is known. */
export interface ContentRange extends ByteRange {
  readonly total?: number;
}

/**
 * Reads which bytes an answer with 206 brings (RFC 9110 §14.4); undefined: it does not say, or
 * something impossible.
 */
export function parseContentRange(header: string | null): ContentRange | undefined {
  const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/i.exec(header?.trim() ?? "") ?? [];
  if (first === undefined || last === undefined) return undefined;
  const from = Number(first);
  const end = Number(last) + 1;
  if (end <= from || (total !== "*" && end > Number(total))) return undefined;
  return { from, end, ...(total !== "*" && { total: Number(total) }) };
}
