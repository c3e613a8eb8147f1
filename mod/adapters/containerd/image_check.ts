import type { Presence } from "../../ports/image_runtime.ts";
import { argumentFault, MAX_CHECKED_AT_ONCE } from "../../pure/pulls/ctr_arguments.ts";
import type { CheckedImage } from "../../pure/pulls/ctr_output.ts";
import type { CtrQueries } from "./ctr_queries.ts";

/**
 * Asks what containerd holds of `references`: first for all names, which takes 30 ms however many
 * there are, then about the present images only, as each of those takes milliseconds.
 */
export async function checkImages(
  queries: CtrQueries,
  references: readonly string[],
  options: { readonly signal: AbortSignal },
): Promise<Map<string, Presence>> {
  const names = new Set(await queries.names(options));
  const present = [...new Set(references)].filter((reference) => names.has(reference));
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
