import { inKeyOrder } from "../in_key_order.ts";
import type { Placement } from "../objects/observed.ts";
import { KEPT_MODES, type KeptMode } from "../private_images/private_mode.ts";
import type { PrivateUse, PullSecret } from "../private_images/private_use.ts";
import { unlessEmpty } from "../unless_empty.ts";
import { withoutUnset } from "../without_unset.ts";
import { PlacementSet } from "./placement_set.ts";
import type { AskedImage } from "./asked_image.ts";

/** Most secrets of an image that are told, of all modes and of each. */
export const MAX_SECRETS = 64;

/** Gathers secrets, each once. */
export class SecretSet {
  readonly #secrets = new Map<string, PullSecret>();

  /** Adds those of a namespace by their names. */
  add(namespace: string, names: readonly string[]): void {
    for (const name of names) this.#secrets.set(`${namespace}/${name}`, { namespace, name });
  }

  /** The first of them by namespace and name. */
  first(): PullSecret[] {
    return inKeyOrder(this.#secrets).slice(0, MAX_SECRETS).map(([, secret]) => secret);
  }
}

/**
 * How an image may be had where it takes a login: for each mode once, with what those name that ask in
 * this mode, and with nothing of others. `all` is where it is wanted at all.
 */
export function privateUses(
  asked: readonly AskedImage[],
  all: readonly Placement[],
): readonly PrivateUse[] | undefined {
  return unlessEmpty(KEPT_MODES.flatMap((mode) => {
    const inMode = asked.filter((each) => each.mode === mode);
    return inMode.length > 0
      ? [useOf(mode, inMode, inMode.length === asked.length ? undefined : all)]
      : [];
  }));
}

function useOf(
  mode: KeptMode,
  asked: readonly AskedImage[],
  all: readonly Placement[] | undefined,
): PrivateUse {
  const secrets = new SecretSet();
  for (const { reason, pullSecrets } of asked) secrets.add(reason.namespace, pullSecrets);
  const placements = all && placementsOf(asked);
  const isAll = JSON.stringify(placements) === JSON.stringify(all);
  return withoutUnset({
    mode,
    placements: isAll ? undefined : placements,
    secrets: secrets.first(),
  });
}

function placementsOf(asked: readonly AskedImage[]): Placement[] {
  const placements = new PlacementSet();
  for (const { placement } of asked) placements.add(placement);
  return placements.merged();
}
