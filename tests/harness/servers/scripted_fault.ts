/** What a scripted registry does wrong with one request. */
export type ScriptedFault =
  /** Answers with a status, and the body of an error. */
  | {
    readonly fault: "status";
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  }
  /** Sends the client elsewhere: an absolute address, or a path of its own. */
  | {
    readonly fault: "redirect";
    readonly status: 301 | 302 | 303 | 307 | 308;
    /** Undefined: it does not say where. */
    readonly location: string | undefined;
  }
  /** Sends so many bytes of the body, then closes the connection. */
  | { readonly fault: "reset"; readonly afterBytes: number }
  /** Sends so many bytes of the body, then nothing more; without a number not even a status. */
  | { readonly fault: "hang"; readonly afterBytes?: number }
  /** Knows no ranges: 200 and the whole blob. */
  | { readonly fault: "whole" }
  /** Answers 206 with these bytes, and says so, whatever was asked for. */
  | { readonly fault: "other_range"; readonly from: number; readonly end: number }
  /** Right length, right headers, other bytes. */
  | { readonly fault: "wrong_bytes" }
  /** Says that the body is so many bytes longer (or, below zero, shorter) than what it sends. */
  | { readonly fault: "wrong_length"; readonly byBytes: number }
  /** Says nothing of the body's length, but sends it in chunks (RFC 9112 §7.1). */
  | { readonly fault: "chunked" }
  /** Sends so many bytes behind the body's end, and leaves the connection open. */
  | { readonly fault: "goes_on"; readonly bytes: number }
  /** Sends the body packed by gzip, as `Content-Encoding` says, though nobody asked. */
  | { readonly fault: "encoded" }
  /** Puts these headers in place of its own; undefined leaves one out. */
  | { readonly fault: "headers"; readonly headers: Readonly<Record<string, string | undefined>> }
  /** Sends so many bytes a second. */
  | { readonly fault: "slow"; readonly bytesPerSecond: number };

/** The connection is cut here. */
export class CutError extends Error {
  override readonly name = "CutError";
}
