import type { ImagePin, ImagePins } from "../../ports/image_pins.ts";
import {
  argumentFault,
  type CtrTarget,
  imageRowsArguments,
  labelArguments,
} from "../../pure/pulls/ctr_arguments.ts";
import {
  OUR_PINS,
  parsePins,
  type PinLabels,
  pinLabels,
  unpinLabels,
} from "../../pure/pulls/image_pin.ts";
import { askCtr, unavailable } from "./ask_ctr.ts";
import { openCtr } from "./ctr_process.ts";

/** How to reach containerd: see `CtrRuntimeOptions`. */
export interface CtrPinsOptions extends CtrTarget {
  readonly ctr: string;
  readonly queryDeadlineMs?: number | undefined;
  /** All the environment that ctr gets (see `CtrOptions.env`). */
  readonly env?: Readonly<Record<string, string>> | undefined;
}

interface Options {
  readonly signal: AbortSignal;
}

/** Pins of images in containerd, kept as labels of theirs: they outlive the agent and containerd. */
export function openCtrPins(options: CtrPinsOptions): ImagePins {
  const { address, namespace } = options;
  const target = { address, namespace };
  const ctr = openCtr({
    command: options.ctr,
    queryDeadlineMs: options.queryDeadlineMs,
    env: options.env,
  });
  const read = async (filters: readonly string[], { signal }: Options) =>
    parsePins(await askCtr(ctr, target, imageRowsArguments(filters, target), { signal }));

  const labelsOf = async (reference: string, given: Options): Promise<PinLabels | undefined> => {
    if (argumentFault(reference) !== undefined) return undefined;
    return (await read([`name=="${reference}"`], given)).get(reference);
  };
  /** False when the image has gone in the meantime. */
  const label = async (reference: string, labels: readonly string[], { signal }: Options) => {
    const answer = await ctr.ask(labelArguments(reference, labels, target), { signal });
    if (answer.code === 0) return true;
    if (/: not found\s*$/.test(answer.stderr)) return false;
    throw unavailable(target, answer);
  };
  return {
    async list(given) {
      const pins = new Map<string, ImagePin>();
      for (const [name, { ours }] of await read(OUR_PINS, given)) {
        if (ours !== undefined) pins.set(name, ours);
      }
      return pins;
    },
    async pin(reference, { warmSince, signal }) {
      const found = await labelsOf(reference, { signal });
      if (found === undefined || found.others) return false;
      return await label(reference, pinLabels(warmSince), { signal });
    },
    async unpin(reference, { ended = false, signal }) {
      const found = await labelsOf(reference, { signal });
      if (found?.ours === undefined) return;
      await label(reference, unpinLabels(found.ours, ended), { signal });
    },
  };
}
