import { withoutUnset } from "../without_unset.ts";
import { DEFAULT_PRIVATE_RULES } from "../private_images/mode_of.ts";
import type { WantsRules } from "../wants/wants_fold.ts";
import { fitsInto } from "./json_bytes.ts";
import type { MetaRules } from "./wire.ts";

/** Each agent reads `meta` once a minute: rules that take more are not told there. */
const MOST_BYTES = 4_096;

/**
 * The rules of a controller for `meta`, by which anybody can tell why something is not wanted;
 * undefined where they take too much room. What `list-images` names is wanted, and says so itself.
 */
export function metaRules(
  { rules, forgetAfterMs }: { readonly rules: WantsRules; readonly forgetAfterMs: number },
): MetaRules | undefined {
  const { listSpaces, ignoreSpaces, ignoreImages, onlyMarked = false } = rules;
  const { keepRevisions, cronLeadMs } = rules;
  const { modes, openRegistries } = rules.private ?? DEFAULT_PRIVATE_RULES;
  const told = withoutUnset({
    listSpaces,
    ignoreSpaces,
    ignoreImages,
    onlyMarked,
    keepRevisions,
    cronLeadMs,
    forgetAfterMs,
    private: { modes, openRegistries },
  });
  return fitsInto(MOST_BYTES, JSON.stringify(told)) ? told : undefined;
}
