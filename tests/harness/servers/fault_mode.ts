/** What goes wrong. `only` limits a fault to requests for manifests or blobs. */
export type FaultMode =
  | { readonly fault: "none" }
  /** Accepts the request and never answers. */
  | { readonly fault: "hang"; readonly only?: Part }
  /** Answers with a status such as 401, 403, 404, 429, 500. */
  | {
    readonly fault: "status";
    readonly status: number;
    readonly retryAfterSeconds?: number;
    readonly only?: Part;
  }
  /** Blobs: sends so many bytes, then nothing more; the connection stays open. */
  | { readonly fault: "stall"; readonly afterBytes: number }
  /** Blobs: sends so many bytes, then closes the connection. */
  | { readonly fault: "reset"; readonly afterBytes: number }
  /** Blobs: right length, wrong bytes. */
  | { readonly fault: "corrupt" }
  /** Blobs: at most so many bytes a second. */
  | { readonly fault: "slow"; readonly bytesPerSecond: number };

type Part = "manifests" | "blobs";
