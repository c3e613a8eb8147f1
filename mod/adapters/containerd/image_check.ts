import type { Presence } from "../../ports/image_runtime.ts";
import { argumentFault, MAX_CHECKED_AT_ONCE } from "../../pure/pulls/ctr_arguments.ts";
import type { CheckedImage } from "../../pure/pulls/ctr_output.ts";
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
): Promise<Map<string, Presence>> {
  const wanted = [...new Set(references)];
  const names = wanted.length > FEW ? new Set(await queries.names(options)) : undefined;
  const present = wanted.filter((reference) => names?.has(reference) ?? true);
  const checked = new Map<string, CheckedImage>();
  for (let at = 0; at < present.length; at += MAX_CHECKED_AT_ONCE) {
    const some = present.slice(at, at + MAX_CHECKED_AT_ONCE)
      .filter((reference) => argumentFault(reference) === undefined);
    for (const [name, image] of await queries.check(some, options)) checked.set(name, image);
  }
  return new Map(references.map((reference) => [reference, presenceOf(checked.get(reference))]));
}

/** What the row of an image means; without a row the image is absent. */
export function presenceOf(image: CheckedImage | undefined): Presence {
  if (image === undefined) return { state: "absent" };
  if (image.unpacked) return { state: "usable", bytes: image.bytes, digest: image.digest };
  if (!image.platform) return { state: "incomplete", why: "Nothing in it for this platform" };
  if (image.content.startsWith("complete")) return { state: "incomplete", why: "Not unpacked" };
  return { state: "incomplete", why: `Content is ${image.content}` };
}

/** Checks a pull that ctr calls a success: ctr 2 does so for an image without this platform. */
export async function verified(
  checks: GatheredChecks,
  reference: string,
  outcome: PullOutcome,
  options: { readonly signal: AbortSignal },
): Promise<PullOutcome> {
  if (outcome.result !== "pulled") return outcome;
  const image = await checks.check(reference, options);
  const presence = presenceOf(image);
  switch (presence.state) {
    case "usable":
      return { result: "pulled", bytes: presence.bytes, digest: presence.digest };
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
