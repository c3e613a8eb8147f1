import * as v from "valibot";
import { decode, type Decoded, isRecord } from "./decode.ts";
import { LIMITS } from "./limits.ts";

/** What a node has of an image it should have. */
export type ImageState = "warm" | "pulling" | "waiting" | "failed" | "skipped";

/** What a report says of one image; `since` is an ISO time. */
export interface ImageReport {
  readonly state: ImageState;
  /** What is kept of it; absent: the image. */
  readonly as?: "bytes";
  readonly reason?: string;
  readonly since: string;
  readonly bytes?: number;
  readonly pullSeconds?: number;
  /** While it is pulled, where that is known. */
  readonly progress?: ProgressReport;
  /** Why its bytes did not come through the agent's relay, where that is on. */
  readonly direct?: string;
  /** ISO time before which it is not tried again, where its pull failed; absent: at any time. */
  readonly nextTry?: string;
  /** When a container first needed it since it came onto the node, as an ISO time. */
  readonly usedAt?: string;
}

/** How far a pull had come when the report was written, in bytes as the registry stores them. */
export interface ProgressReport {
  readonly bytes: number;
  readonly totalBytes: number;
  readonly bytesPerSecond?: number;
  readonly secondsLeft?: number;
}

/** As it is read: a later version may know further states. */
export type ReadImageReport = Omit<ImageReport, "state"> & { readonly state: string };

const text = v.string();
const count = v.pipe(v.number(), v.minValue(0));

/** By hand, as a controller reads millions of them at its start: valibot doubles the time of a report. */
const images = v.custom<Readonly<Record<string, ReadImageReport>>>(
  (value) => isRecord(value) && Object.values(value).every(isImageReport),
  ({ input }) => `Invalid image report: ${firstFaulty(input)}`,
);

const reportSchema = v.object({
  v: v.literal(1),
  node: text,
  nodeUid: v.exactOptional(text),
  agent: text,
  runtime: v.exactOptional(v.object({ client: text, server: text })),
  at: text,
  images,
  parts: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(LIMITS.parts))),
  omitted: v.exactOptional(count),
});

const partSchema = v.object({ v: v.literal(1), node: text, at: text, images });

/** Counts since the agent began to follow containers (`since`, an ISO time): see mod/pure/uses. */
const usesSchema = v.object({
  since: text,
  firstUses: count,
  misses: count,
  late: count,
  unusedBytes: count,
  savedSeconds: v.exactOptional(count),
});

const beatSchema = v.object({
  v: v.literal(1),
  node: text,
  agent: text,
  runtime: v.exactOptional(v.object({ client: text, server: text })),
  disk: v.exactOptional(v.object({ usedPercent: v.number(), freeBytes: v.number() })),
  at: text,
  images: v.object({
    wanted: count,
    warm: count,
    pulling: count,
    waiting: count,
    failed: count,
  }),
  uses: v.exactOptional(usesSchema),
  bytes: v.exactOptional(v.object({ gaveUp: v.exactOptional(text) })),
});

/**
 * `report.<node>`: what the node really has of the images that it should have. `at` is the ISO time
 * of writing. Where one value cannot take all images, this is the first of `parts`, and the others
 * have the same `at`. `omitted` counts images that found no room at all. `nodeUid` is the uid of the
 * Node object by whose facts it was made; absent without one, and up to version 0.3.0.
 */
export type ReportValue = v.InferOutput<typeof reportSchema>;
/** `part.<n>.<node>`: a further part of the report that was written `at` this time. */
export type PartValue = v.InferOutput<typeof partSchema>;
/**
 * `beat.<node>`: that the agent was alive `at` this time, and how the node does, in few bytes. Agents
 * that have `bytes` may keep bytes of images; `gaveUp` is the id of the order by which they keep none.
 */
export type BeatValue = v.InferOutput<typeof beatSchema>;

/**
 * What containers of a node needed: images that were warm by then (`firstUses`), and that were not
 * (`misses`), `late` ones of them on their way; `unusedBytes` are warm and were never needed.
 */
export type UsesReport = v.InferOutput<typeof usesSchema>;

/** Reads a `report.<node>` value. */
export const decodeReport = (text: string): Decoded<ReportValue> => decode(reportSchema, text);
/** Reads a `part.<n>.<node>` value. */
export const decodePart = (text: string): Decoded<PartValue> => decode(partSchema, text);
/** Reads a `beat.<node>` value. */
export const decodeBeat = (text: string): Decoded<BeatValue> => decode(beatSchema, text);

function isImageReport(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { state, as, since, reason, bytes, pullSeconds, progress, direct, nextTry, usedAt } = value;
  return typeof state === "string" && typeof since === "string" && isTextOrNone(as) &&
    isTextOrNone(reason) &&
    isNumberOrNone(bytes) && isNumberOrNone(pullSeconds) && isTextOrNone(direct) &&
    isTextOrNone(nextTry) && isTextOrNone(usedAt) &&
    (progress === undefined || isProgress(progress));
}

function isProgress(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { bytes, totalBytes, bytesPerSecond, secondsLeft } = value;
  return typeof bytes === "number" && typeof totalBytes === "number" &&
    isNumberOrNone(bytesPerSecond) && isNumberOrNone(secondsLeft);
}

function isTextOrNone(value: unknown): boolean {
  return value === undefined || typeof value === "string";
}

function isNumberOrNone(value: unknown): boolean {
  return value === undefined || typeof value === "number";
}

function firstFaulty(input: unknown): string {
  if (!isRecord(input)) return "expected an object by reference";
  const faulty = Object.entries(input).find(([, value]) => !isImageReport(value));
  return `"${faulty?.[0].slice(0, 200)}"`;
}
