import type { ImageState } from "../bucket/agent_wire.ts";
import type { Moment } from "../moment.ts";

/** What the node knows of an image that is wanted on it. */
export interface WantedImage {
  readonly state: ImageState;
  /** What is kept of a warm one; absent: the image. */
  readonly as?: "bytes" | undefined;
  /** When it came into its state; absent: long ago. */
  readonly since?: Moment | undefined;
  /** How long our last pull of it took; absent: it came another way. */
  readonly pullSeconds?: number | undefined;
  readonly bytes?: number | undefined;
  readonly digest?: string | undefined;
}

/** What came of an event. */
export type UseOutcome =
  /** It was warm when it was first needed; without `savedSeconds` it is not known what that saved. */
  | {
    readonly result: "first_use";
    readonly reference: string;
    /** Where kubelet has made the image of bytes that were kept of it: it fetched none. */
    readonly as?: "bytes" | undefined;
    readonly savedSeconds?: number | undefined;
  }
  /** It is wanted here and was not warm when it was first needed; `late`: it was on its way. */
  | { readonly result: "miss"; readonly reference: string; readonly late: boolean }
  /** We had pulled it, and it went without having been needed. */
  | { readonly result: "never_used"; readonly reference: string; readonly bytes: number };

/** What a pull of ours has brought. */
export interface BroughtImage {
  readonly bytes?: number | undefined;
  readonly digest?: string | undefined;
  /** How long it took; undefined: it does not count as what a pod would have waited. */
  readonly seconds?: number | undefined;
  /** Whether the name stood for something else before. */
  readonly hasMoved?: boolean | undefined;
}
