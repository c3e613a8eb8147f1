import type { MetaRules, WhyValue } from "../bucket/wire.ts";
import { DEFAULT_PRIVATE_RULES, modeWithin } from "../private_images/mode_of.ts";
import { type PrivateUse, secretName } from "../private_images/private_use.ts";

/** How an image may be had that takes a login, in words. */
export function privateUseText({ mode, secrets }: Pick<PrivateUse, "mode" | "secrets">): string {
  const kept = mode === "open" ? "open, as public images are" : "as bytes that pods do not see";
  const names = secrets.map(secretName);
  const by = names.length === 0
    ? "a login of the node alone"
    : `${names.length === 1 ? "secret" : "secrets"} ${names.join(", ")}, or a login of the node`;
  return `${kept}: by ${by}`;
}

/**
 * Why pods ask for a private image in vain, and what to set, where the rules of the controller that
 * writes the bucket are these.
 */
export function withheldText(
  reference: string,
  { count, namespaces }: NonNullable<WhyValue["withheld"]>,
  rules: MetaRules["private"] = DEFAULT_PRIVATE_RULES,
): string {
  const more = count - namespaces.length;
  const spaces = [...namespaces, ...more > 0 ? [`${more} more`] : []].join(", ");
  const where = `${count === 1 ? "namespace" : "namespaces"} ${spaces}`;
  return `pods in ${where} name pull secrets, and private images are off there ` +
    `(warm-images/private): ${remedy(reference, namespaces, rules)}`;
}

function remedy(
  reference: string,
  namespaces: readonly string[],
  rules: NonNullable<MetaRules["private"]>,
): string {
  const modeOf = modeWithin(rules);
  const mode = modeOf("bytes", reference) ?? modeOf("open", reference);
  if (mode !== undefined) return annotation(namespaces, mode);
  const forbidden = rules.modes.length === 0
    ? "--private-modes allows no mode"
    : "--private-modes allows open alone, and --open-registries does not name its registry";
  return `${forbidden}; with bytes among --private-modes: ${annotation(namespaces, "bytes")}`;
}

/** A command that can be pasted; it also replaces another mark. */
function annotation(namespaces: readonly string[], mode: string): string {
  return `kubectl annotate --overwrite namespace ${
    namespaces.join(" ")
  } warm-images/private=${mode}`;
}
