import { decodeName, encodeName } from "./state_keys.ts";

/** Key of the value by which agents encrypt for the controller. */
export const SEALER_KEY = "sealer";

/** Prefix of the keys under which agents tell which key is theirs. */
export const NODE_KEY_PREFIX = "key.";

/** Key under which the agent of a node tells the controller which key is its. */
export const nodeKeyKey = (node: string): string => `${NODE_KEY_PREFIX}${encodeName(node)}`;

/** Prefix of the keys of logins that are encrypted for nodes. */
export const SEALED_PREFIX = "sealed.";

/**
 * Key of a login that is encrypted for a node; `id` tells it from others of that node. The name of the
 * node is one part, without dots, so that it can be followed and granted by `sealed.<node>.>`.
 */
export const sealedKey = (node: string, id: string): string => `${sealedPrefix(node)}${id}`;

/** What the keys of all logins for one node begin with. */
export const sealedPrefix = (node: string): string =>
  `${SEALED_PREFIX}${encodeName(node).replaceAll(".", "=2E")}.`;

/** The node whose key that is; undefined: it is no such key. */
export function nodeOfKeyKey(key: string): string | undefined {
  if (!key.startsWith(NODE_KEY_PREFIX)) return undefined;
  const name = decodeName(key.slice(NODE_KEY_PREFIX.length));
  return name !== undefined && nodeKeyKey(name) === key ? name : undefined;
}
