/** A body that is sent again and again, with what it takes to send it. */
export interface KeptBody {
  readonly contentType: string;
  /** Of this very text, in quotes: https://www.rfc-editor.org/rfc/rfc9110#name-etag */
  readonly etag: string;
  readonly plain: Uint8Array<ArrayBuffer>;
  readonly gzip: Uint8Array<ArrayBuffer>;
}

/**
 * What goes with everything. Nothing is fetched from elsewhere, nothing runs that is not a file of ours, and
 * no other site may frame the page or read it along. A site whose name is made to lead here (DNS
 * rebinding) can read it, as it can read `/metrics`: there is no login, hence no secret on it, and
 * nothing can be changed.
 */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": [
    ...["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'"],
    ...["img-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
    "require-trusted-types-for 'script'",
  ].join("; "),
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

/** Makes a body of a text. */
export async function keepBody(text: string, contentType: string): Promise<KeptBody> {
  const plain = new TextEncoder().encode(text);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", plain));
  return {
    contentType,
    etag: `"${digest.toHex().slice(0, 32)}"`,
    plain,
    gzip: await compressed(plain),
  };
}

/** Answers with a body, unless the browser has it already. */
export function answerKept(request: Request, body: KeptBody): Response {
  const headers = {
    ...PAGE_HEADERS,
    "content-type": body.contentType,
    "etag": body.etag,
    // It is asked for each time, and mostly answered by "not modified".
    "cache-control": "no-cache",
    "vary": "accept-encoding",
  };
  if (isKnown(request.headers.get("if-none-match"), body.etag)) {
    return new Response(null, { status: 304, headers });
  }
  if (!takesGzip(request)) return new Response(body.plain, { headers });
  return new Response(body.gzip, { headers: { ...headers, "content-encoding": "gzip" } });
}

/** Proxies that compress mark tags as weak; the text is the same. */
function isKnown(ifNoneMatch: string | null, etag: string): boolean {
  return ifNoneMatch?.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag) ?? false;
}

function takesGzip(request: Request): boolean {
  const accepted = request.headers.get("accept-encoding") ?? "";
  return accepted.split(",").some((each) => /^\s*gzip\s*(;\s*q=(?!0(\.0*)?\s*$).*)?$/i.test(each));
}

async function compressed(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Response(bytes).body?.pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
