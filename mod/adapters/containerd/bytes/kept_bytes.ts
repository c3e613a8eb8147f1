import type { ImageBytes } from "../../../ports/image_bytes.ts";
import { inBatches } from "../../../pure/in_batches.ts";
import {
  contentArguments,
  contentRemovalArguments,
  imageRemovalArguments,
  leasesRemovalArguments,
  MAX_REMOVED_AT_ONCE,
  namespaceRemovalArguments,
} from "../../../pure/pulls/bytes_arguments.ts";
import { argumentFault, MAX_CHECKED_AT_ONCE } from "../../../pure/pulls/ctr_arguments.ts";
import { parseNames } from "../../../pure/pulls/ctr_output.ts";
import { askCtr } from "../ask_ctr.ts";
import type { BytesPlace } from "../pull_deps.ts";
import { listLeases, removeStrayLeases, type StrayLeasesDeps } from "./stray_leases.ts";

interface Options {
  readonly signal: AbortSignal;
}

/** Manages the images of which only bytes are kept, at `place`. */
export function keptBytes(
  place: BytesPlace,
  { ctr, files, clock }: Pick<StrayLeasesDeps, "ctr" | "files" | "clock">,
): ImageBytes {
  const { target, queries, leases } = place;
  const ask = (args: readonly string[], options: Options) => askCtr(ctr, target, args, options);
  const names = async (options: Options) =>
    (await queries.names(options)).filter((name) => argumentFault(name) === undefined);
  const remove = async (references: Iterable<string>, options: Options) => {
    const given = new Set(references);
    for (const reference of given) await leases.remove(reference, options);
    // ctr waits for the room only if the last one is there.
    const there = (await names(options)).filter((name) => given.has(name));
    for (const some of inBatches(there, MAX_REMOVED_AT_ONCE)) {
      await ask(imageRemovalArguments(some, target), options);
    }
  };
  return {
    async list(options) {
      await removeStrayLeases({ ctr, target, leases, files, clock }, options);
      const kept = new Map<string, number>();
      for (const some of inBatches(await names(options), MAX_CHECKED_AT_ONCE)) {
        const checked = await queries.check(some, options);
        for (const name of some) kept.set(name, checked.get(name)?.bytes ?? 0);
      }
      return kept;
    },
    remove,
    async removeAll(options) {
      await leases.remove("all", options);
      // Before the images, whose end waits for the room: somebody may have taken one away without.
      const blobs = parseNames(await ask(contentArguments(target), options));
      for (const some of inBatches(blobs, MAX_REMOVED_AT_ONCE)) {
        await ask(contentRemovalArguments(some, target), options);
      }
      await remove(await names(options), options);
      const ids = (await listLeases(ctr, target, options)).map(({ id }) => id);
      for (const some of inBatches(ids, MAX_REMOVED_AT_ONCE)) {
        await ask(leasesRemovalArguments(some, target), options);
      }
      await ask(namespaceRemovalArguments(target), options);
    },
  };
}
