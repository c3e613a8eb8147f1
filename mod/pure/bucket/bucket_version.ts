/** The version of what this program reads and writes. */
const OURS = 1;

/**
 * The version that a `meta` value names, where it is a later one than ours: then what can be read of
 * the bucket may not be all. Undefined for our own, and for what is no such value.
 */
export function laterVersion(meta: string): number | undefined {
  try {
    const { v } = Object(JSON.parse(meta)) as { readonly v?: unknown };
    return typeof v === "number" && v > OURS ? v : undefined;
  } catch {
    return undefined;
  }
}
