import type { ImagePin, ImagePins } from "../../../mod/ports/image_pins.ts";
import { RuntimeUnavailableError } from "../../../mod/pure/pulls/runtime_errors.ts";

/** Pins that a test looks at, and takes part in. */
export interface ScriptedPins extends ImagePins {
  /** Ours. */
  readonly ours: Map<string, ImagePin>;
  /** References that somebody else has pinned. */
  readonly others: Set<string>;
  /** What we did, in order, such as `pin r/app:1`. */
  readonly deeds: string[];
  /** Why nothing is answered; undefined when it is. */
  broken: string | undefined;
  /** References that hold now, by us. */
  held(): string[];
}

/** No pins at first. */
export function scriptedPins(): ScriptedPins {
  const answer = async ({ signal }: { readonly signal: AbortSignal }) => {
    await Promise.resolve();
    signal.throwIfAborted();
    if (pins.broken !== undefined) throw new RuntimeUnavailableError(pins.broken);
  };
  const pins: ScriptedPins = {
    ours: new Map(),
    others: new Set(),
    deeds: [],
    broken: undefined,
    held: () => [...pins.ours].filter(([, { holds }]) => holds).map(([reference]) => reference),
    async list(options) {
      await answer(options);
      return new Map(pins.ours);
    },
    async pin(reference, options) {
      await answer(options);
      if (pins.others.has(reference)) return false;
      pins.deeds.push(`pin ${reference}`);
      pins.ours.set(reference, { warmSince: options.warmSince, holds: true });
      return true;
    },
    async unpin(reference, options) {
      await answer(options);
      const pin = pins.ours.get(reference);
      if (pin === undefined) return;
      pins.deeds.push(`unpin ${reference}`);
      if (options.ended) pins.ours.set(reference, { ...pin, holds: false });
      else pins.ours.delete(reference);
    },
  };
  return pins;
}
