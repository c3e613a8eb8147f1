import type { ImageBytes } from "../../../mod/ports/image_bytes.ts";
import { RuntimeUnavailableError } from "../../../mod/pure/pulls/runtime_errors.ts";

/** Kept bytes that a test looks at, and takes part in. */
export interface ScriptedBytes extends ImageBytes {
  /** What is kept, with its bytes. */
  readonly kept: Map<string, number>;
  /** What was given up, in order. */
  readonly removed: string[];
  /** How often it was asked what is kept. */
  readonly lists: number;
  /** Why nothing is answered; undefined when it is. */
  broken: string | undefined;
  /** Called after each removal, as a disk has more room then. */
  onRemoved: (reference: string) => void;
}

/** Nothing is kept at first. */
export function scriptedBytes(): ScriptedBytes {
  let lists = 0;
  const answer = async ({ signal }: { readonly signal: AbortSignal }) => {
    await Promise.resolve();
    signal.throwIfAborted();
    if (bytes.broken !== undefined) throw new RuntimeUnavailableError(bytes.broken);
  };
  const bytes: ScriptedBytes = {
    kept: new Map(),
    removed: [],
    broken: undefined,
    onRemoved: () => {},
    get lists() {
      return lists;
    },
    async list(options) {
      lists++;
      await answer(options);
      return new Map(bytes.kept);
    },
    async remove(references, options) {
      await answer(options);
      for (const reference of references) {
        if (!bytes.kept.delete(reference)) continue;
        bytes.removed.push(reference);
        bytes.onRemoved(reference);
      }
    },
    removeAll: (options) => bytes.remove([...bytes.kept.keys()], options),
  };
  return bytes;
}
