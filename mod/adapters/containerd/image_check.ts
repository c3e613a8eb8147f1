import type { Presence } from "../../ports/image_runtime.ts";
import { argumentFault, MAX_CHECKED_AT_ONCE } from "../../pure/pulls/ctr_arguments.ts";
import type { CheckedImage } from "../../pure/pulls/ctr_output.ts";
import { inBatches } from "../../pure/in_batches.ts";
import type { PullOutcome } from "../../pure/pulls/pull_outcome.ts";
import type { CtrQueries } from "./ctr_queries.ts";
import type { GatheredChecks } from "./gathered_checks.ts";

/** So few images are asked about at once, be they there or not. */
const FEW = 10;

/**
 * Asks what containerd holds of `references`. Of many, first for all names, which takes 30 ms however
 * many there are, then about the present images only, as each of those takes milliseconds.
 */
export async function checkImages(
  queries: CtrQueries,
  references: readonly string[],
  options: { readonly signal: AbortSignal },
  presence: (image: CheckedImage | undefined) => Presence = presenceOf,
): Promise<Map<string, Presence>> {
  const wanted = [...new Set(references)];
  const names = wanted.length > FEW ? new Set(await queries.names(options)) : undefined;
  const present = wanted.filter((reference) => names?.has(reference) ?? true);
  const checked = new Map<string, CheckedImage>();
  const askable = present.filter((reference) => argumentFault(reference) === undefined);
  for (const some of inBatches(askable, MAX_CHECKED_AT_ONCE)) {
    for (const [name, image] of await queries.check(some, options)) checked.set(name, image);
  }
  return new Map(references.map((reference) => [reference, presence(checked.get(reference))]));
}

/** Where an image of `bytes` is not usable, it suffices that its bytes are kept whole at `place`. */
export async function addBytes(
  seen: Map<string, Presence>,
  bytes: ReadonlySet<string>,
  place: { readonly queries: CtrQueries },
  options: { readonly signal: AbortSignal },
): Promise<void> {
  const lacking = [...seen].filter(([reference, { state }]) =>
    bytes.has(reference) && state !== "usable"
  );
  if (lacking.length === 0) return;
  const references = lacking.map(([reference]) => reference);
  const kept = await checkImages(place.queries, references, options, bytesPresenceOf);
  for (const [reference, presence] of kept) {
    if (presence.state !== "absent") seen.set(reference, presence);
  }
}

/** What the row of an image means; without a row the image is absent. */
export function presenceOf(image: CheckedImage | undefined): Presence {
  if (image === undefined) return { state: "absent" };
  if (image.unpacked) return { state: "usable", bytes: image.bytes, digest: image.digest };
  if (!image.platform) return { state: "incomplete", why: "Nothing in it for this platform" };
  if (image.content.startsWith("complete")) return { state: "incomplete", why: "Not unpacked" };
  return { state: "incomplete", why: `Content is ${image.content}` };
}

/** What the row of an image means in the namespace of bytes, where nothing is unpacked. */
export function bytesPresenceOf(image: CheckedImage | undefined): Presence {
  if (image?.platform !== true || !image.content.startsWith("complete")) return presenceOf(image);
  return { state: "usable", as: "bytes", bytes: image.bytes, digest: image.digest };
}

/** Checks a pull that ctr calls a success: ctr 2 does so for an image without this platform. */
export async function verified(
  checks: GatheredChecks,
  reference: string,
  outcome: PullOutcome,
  options: { readonly signal: AbortSignal },
  presenceIn: (image: CheckedImage | undefined) => Presence = presenceOf,
): Promise<PullOutcome> {
  if (outcome.result !== "pulled") return outcome;
  const image = await checks.check(reference, options);
  const presence = presenceIn(image);
  switch (presence.state) {
    case "usable": {
      const { as, bytes, digest } = presence;
      return { result: "pulled", ...(as && { as }), bytes, digest };
    }
    case "absent":
      return {
        result: "failed",
        failure: "not_usable",
        detail: "ctr reports success, yet containerd does not know the image",
      };
    case "incomplete":
      return {
        result: "failed",
        failure: image?.platform === false ? "no_platform" : "not_usable",
        detail: `ctr reports success, yet no container could start: ${presence.why}`,
      };
  }
}
