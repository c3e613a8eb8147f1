import { globMatcher } from "../glob.ts";
import { parseImageReference } from "../images/image_reference.ts";
import type { KeptMode, PrivateMode, PrivateRules } from "./private_mode.ts";

/** What counts where nothing is set: namespaces may ask for bytes. */
export const DEFAULT_PRIVATE_RULES: PrivateRules = { modes: ["bytes"], openRegistries: [] };

/**
 * How a namespace with a mark has an image kept that takes a login; undefined: not at all. `asked` is
 * the mark, `reference` canonical.
 */
export type ModeOf = (asked: PrivateMode | undefined, reference: string) => KeptMode | undefined;

/**
 * Reads marks within what the administrator allows. Who asks for `open` where that is not allowed
 * gets the more careful `bytes`; nobody gets more than was asked for.
 */
export function modeWithin({ modes, openRegistries }: PrivateRules): ModeOf {
  const isOpen = hostMatcher(openRegistries);
  const bytes = modes.includes("bytes") ? "bytes" as const : undefined;
  return (asked, reference) => {
    switch (asked) {
      case undefined:
      case "off":
        return undefined;
      case "bytes":
        return bytes;
      case "open":
        return modes.includes("open") && isOpen(hostOf(reference)) ? "open" : bytes;
      default:
        return asked satisfies never;
    }
  };
}

/** Names of hosts are the same in any case (RFC 4343). */
function hostMatcher(globs: readonly string[]): (host: string) => boolean {
  const matches = globMatcher(globs.map((glob) => glob.toLowerCase()));
  return (host) => matches(host.toLowerCase());
}

function hostOf(reference: string): string {
  const parsed = parseImageReference(reference);
  return "reference" in parsed ? parsed.reference.registry : "";
}
