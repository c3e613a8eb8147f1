/**
 * The media type of a manifest: what the server says, or where that tells nothing, what the manifest
 * says of itself, or what it looks like.
 */
export function manifestMediaType(header: string | null, text: string): string {
  const [said = ""] = (header ?? "").split(";");
  const type = said.trim().toLowerCase();
  return GENERAL.has(type) ? ownMediaType(text) ?? type : said.trim();
}

/** Media types that servers give to anything. */
const GENERAL: ReadonlySet<string> = new Set([
  ...["", "text/plain", "application/json", "application/octet-stream", "binary/octet-stream"],
]);

function ownMediaType(text: string): string | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof parsed !== "object" || parsed === null) return undefined;
  if ("mediaType" in parsed && typeof parsed.mediaType === "string") return parsed.mediaType;
  if ("schemaVersion" in parsed && parsed.schemaVersion === 1) return SCHEMA_1;
  if ("manifests" in parsed) return "application/vnd.oci.image.index.v1+json";
  return "config" in parsed ? "application/vnd.oci.image.manifest.v1+json" : undefined;
}

const SCHEMA_1 = "application/vnd.docker.distribution.manifest.v1+prettyjws";
