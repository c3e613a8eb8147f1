import { inKeyOrder } from "../in_key_order.ts";
import type { Placement } from "../objects/observed.ts";
import { KEPT_MODES, type KeptMode } from "../private_images/private_mode.ts";
import { type PrivateUse, type PullSecret, secretName } from "../private_images/private_use.ts";
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
    for (const name of names) {
      const secret = { namespace, name };
      this.#secrets.set(secretName(secret), secret);
    }
  }

  /** The first of them by namespace and name. */
  first(): PullSecret[] {
    return inKeyOrder(this.#secrets).slice(0, MAX_SECRETS).map(([, secret]) => secret);
  }
}

/**
 * How an image may be had where it takes a login: `bytes` first, and by which secrets where. A secret
 * counts where pods may run whose namespaces name it in this mode: else who may write pods would have
 * others' secrets given to nodes of his choice. `all` is where the image is wanted at all.
 */
export function privateUses(
  asked: readonly AskedImage[],
  all: readonly Placement[],
): readonly PrivateUse[] | undefined {
  return unlessEmpty(KEPT_MODES.flatMap((mode) => usesOf(mode, asked, all)));
}

/** Most uses of a mode; where there are more, a login of the node alone serves the others. */
const MAX_USES = 64;

function usesOf(
  mode: KeptMode,
  asked: readonly AskedImage[],
  all: readonly Placement[],
): PrivateUse[] {
  const bySecrets = new Map<string, Use>();
  for (const { placement, secrets } of placesOf(mode, asked)) {
    const first = secrets.first();
    const key = JSON.stringify(first);
    const isKnown = bySecrets.has(key) || bySecrets.size < MAX_USES;
    useIn(bySecrets, isKnown ? key : "[]", isKnown ? first : []).placements.add(placement);
  }
  return inKeyOrder(bySecrets).map(([, use]) => {
    const placements = use.placements.merged();
    const isAll = JSON.stringify(placements) === JSON.stringify(all);
    return withoutUnset({
      mode,
      placements: isAll ? undefined : placements,
      secrets: use.secrets,
    });
  });
}

/** Where pods may run that ask in a mode, each place once, and by which secrets. */
function placesOf(mode: KeptMode, asked: readonly AskedImage[]): Iterable<Place> {
  const places = new Map<string, Place>();
  for (const { mode: its, placement, reason, pullSecrets } of asked) {
    if (its !== mode) continue;
    const key = JSON.stringify(placement);
    const place = places.get(key) ?? { placement, secrets: new SecretSet() };
    places.set(key, place);
    place.secrets.add(reason.namespace, pullSecrets);
  }
  return inKeyOrder(places).map(([, place]) => place);
}

interface Place {
  readonly placement: Placement;
  readonly secrets: SecretSet;
}

/** Places with the same secrets. */
interface Use {
  readonly secrets: readonly PullSecret[];
  readonly placements: PlacementSet;
}

function useIn(uses: Map<string, Use>, key: string, secrets: readonly PullSecret[]): Use {
  const use = uses.get(key) ?? { secrets, placements: new PlacementSet() };
  uses.set(key, use);
  return use;
}
