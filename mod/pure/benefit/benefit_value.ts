import * as v from "valibot";
import { decode, type Decoded } from "../bucket/decode.ts";

const text = v.string();
const amount = v.pipe(v.number(), v.minValue(0));
const sums = { warm: amount, cold: amount, waitedSeconds: amount, savedSeconds: amount };

const benefitSchema = v.object({
  v: v.literal(1),
  since: text,
  until: text,
  total: v.object({ ...sums, gpuSeconds: v.exactOptional(amount) }),
  namespaces: v.pipe(v.array(v.object({ namespace: text, ...sums })), v.readonly()),
  images: v.pipe(
    v.array(v.object({ image: text, starts: amount, waitedSeconds: amount })),
    v.readonly(),
  ),
});

/**
 * `benefit`: how containers of all nodes have started since `since`, as Kubernetes' events say it up
 * to `until` (ISO times). Namespaces and images are bounded, `total` is over all of them. Written by
 * the controller that leads, at most once a minute; the next one to lead goes on from it.
 */
export type BenefitValue = v.InferOutput<typeof benefitSchema>;

/** Reads a `benefit` value. */
export const decodeBenefit = (text: string): Decoded<BenefitValue> => decode(benefitSchema, text);

/** Starts of containers, and what they cost. */
export interface StartSums {
  /** Starts that found their image there. */
  readonly warm: number;
  /** Starts that waited for their image to be pulled. */
  readonly cold: number;
  /** What all of them have waited for their images: pulls, and questions to the registry. */
  readonly waitedSeconds: number;
  /** What warm starts from images that we had pulled would have waited for them otherwise. */
  readonly savedSeconds: number;
}

/** The starts of one namespace. */
export type NamespaceStarts = StartSums & { readonly namespace: string };

/** What one image has cost. */
export interface ImageWaits {
  /** Canonical. */
  readonly image: string;
  /** Cold starts from it. */
  readonly starts: number;
  /** What these have waited for it. */
  readonly waitedSeconds: number;
}

/** What people are shown of it. */
export interface BenefitView {
  /** ISO time of the first event that could count. */
  readonly since: string;
  /** ISO time up to which events are counted. */
  readonly until: string;
  /** Over all namespaces; `gpuSeconds` are the seconds saved on nodes with GPUs, where there are any. */
  readonly total: StartSums & { readonly gpuSeconds?: number };
  /** Those that started most, most first. */
  readonly byNamespace: readonly NamespaceStarts[];
  /** All other namespaces together; absent where there are none. */
  readonly rest?: StartSums;
  /** The ten images at most that starts have waited for longest, longest first. */
  readonly costliest: readonly ImageWaits[];
}

/** Images that people are shown. */
const COSTLIEST = 10;

/** What people are shown of a value. */
export function benefitView(
  { since, until, total, namespaces, images }: BenefitValue,
): BenefitView {
  const byNamespace = namespaces.toSorted((a, b) => startsOf(b) - startsOf(a));
  const costliest = images.toSorted((a, b) => b.waitedSeconds - a.waitedSeconds);
  const rest = restOf(total, namespaces);
  return {
    since,
    until,
    total,
    byNamespace,
    ...(startsOf(rest) > 0 && { rest }),
    costliest: costliest.slice(0, COSTLIEST),
  };
}

const startsOf = ({ warm, cold }: StartSums): number => warm + cold;

function restOf(total: StartSums, named: readonly StartSums[]): StartSums {
  // Seconds are sums of fractions: their differences may be a little below 0.
  const left = (key: keyof StartSums) =>
    Math.max(named.reduce((rest, sums) => rest - sums[key], total[key]), 0);
  return {
    warm: left("warm"),
    cold: left("cold"),
    waitedSeconds: left("waitedSeconds"),
    savedSeconds: left("savedSeconds"),
  };
}
