import { nkeys } from "nats";
import type { NodeUserTexts } from "../../pure/logins/login_texts.ts";
import { seedsText } from "../../pure/node_users/node_user_keys.ts";

/** Makes keys to answer for logins of nodes, and the part of NATS' configuration that names them. */
export function freshNodeUsers(): NodeUserTexts {
  const [issuer, curve] = [nkeys.createAccount(), nkeys.createCurve()];
  const textOf = (seed: Uint8Array) => new TextDecoder().decode(seed);
  return {
    seeds: seedsText({ issuer: textOf(issuer.getSeed()), curve: textOf(curve.getSeed()) }),
    config: `issuer: ${issuer.getPublicKey()}\nxkey: ${curve.getPublicKey()}\n`,
  };
}
