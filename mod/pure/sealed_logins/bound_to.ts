import type { SealedValue } from "../bucket/sealed_wire.ts";
import type { ProvenNode } from "./node_token.ts";

/**
 * What a sealed login is bound to, as additional data of its encryption (RFC 9180 §8.1): with any other
 * node, image, Secret, version or time than these it does not open. Each text stands on a line, in JSON.
 */
export function boundTo(
  { name, uid }: Pick<ProvenNode, "name" | "uid">,
  { image, namespace, secret, version, at, expires }: Omit<SealedValue, "v" | "box">,
): string {
  return [name, uid, image, namespace, secret, version, at, expires]
    .map((part) => JSON.stringify(part)).join("\n");
}
