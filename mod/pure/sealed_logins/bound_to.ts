import type { SealedValue } from "../bucket/sealed_wire.ts";
import type { ProvenNode } from "./node_token.ts";

/**
 * What a sealed login is bound to, as additional data of its encryption (RFC 9180 §8.1): with any other
 * node, image, Secret, version or time than these it does not open. Each text stands on a line, in JSON.
 */
export function boundTo(
  { name, uid }: Pick<ProvenNode, "name" | "uid">,
  { image, namespace, secret, version, at, expires }: Omit<SealedValue, "v" | "box" | "to">,
): string {
  return [name, uid, image, namespace, secret, version, at, expires]
    .map((part) => JSON.stringify(part)).join("\n");
}

/** What the key that an agent shows is bound to: shown for another node it does not open. */
export function boundKey(node: string): string {
  return `key ${node}`;
}
