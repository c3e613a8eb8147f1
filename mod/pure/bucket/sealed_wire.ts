import * as v from "valibot";
import { decode, type Decoded } from "./decode.ts";

const text = v.string();

const sealerSchema = v.object({ v: v.literal(1), publicKey: text });

const boxSchema = v.object({ enc: text, text });

const nodeKeySchema = v.object({
  v: v.literal(1),
  node: text,
  sealer: v.exactOptional(text),
  box: v.exactOptional(boxSchema),
  publicKey: v.exactOptional(text),
});

const provenSchema = v.object({ v: v.literal(1), token: text, publicKey: text });

const sealedSchema = v.object({
  v: v.literal(1),
  image: text,
  namespace: text,
  secret: text,
  version: text,
  at: text,
  expires: text,
  to: text,
  box: boxSchema,
});

const loginSchema = v.variant("type", [
  v.object({ type: v.literal("password"), username: text, password: text }),
  v.object({ type: v.literal("identity"), token: text }),
  v.object({ type: v.literal("bearer"), token: text }),
]);

const loginsSchema = v.object({ v: v.literal(1), logins: v.array(loginSchema) });

/** `sealer`: the public key of the controller that leads (base64): what is for it is encrypted to that. */
export type SealerValue = v.InferOutput<typeof sealerSchema>;
/** Something encrypted to one key: what HPKE encapsulated, and the ciphertext, both in base64. */
export type SealedBox = v.InferOutput<typeof boxSchema>;
/**
 * `key.<node>`: the key of a node. Either `box`, a `ProvenKey` encrypted to `sealer`, or, from agents
 * without a token, the `publicKey` alone, which counts by what the administrator has said of it.
 */
export type NodeKeyValue = v.InferOutput<typeof nodeKeySchema>;
/**
 * What an agent shows of itself. The token never lies in the bucket in the clear: whoever could read it
 * there could show it with a key of his own.
 */
export type ProvenKey = v.InferOutput<typeof provenSchema>;
/**
 * `sealed.<node>.<id>`: the logins of one Secret for one image, encrypted to one node. `at` and
 * `expires` are ISO times by the clock of the API server; `version` is the Secret's, and `to` the
 * fingerprint of the node's key.
 */
export type SealedValue = v.InferOutput<typeof sealedSchema>;
/** What is encrypted in it. */
export type PlainLogins = v.InferOutput<typeof loginsSchema>;

/** Reads a `sealer` value. */
export const decodeSealer = (json: string): Decoded<SealerValue> => decode(sealerSchema, json);
/** Reads a `key.<node>` value. */
export const decodeNodeKey = (json: string): Decoded<NodeKeyValue> => decode(nodeKeySchema, json);
/** Reads what an agent shows of itself. */
export const decodeProvenKey = (json: string): Decoded<ProvenKey> => decode(provenSchema, json);
/** Reads a `sealed.<node>.<id>` value. */
export const decodeSealed = (json: string): Decoded<SealedValue> => decode(sealedSchema, json);
/** Reads what is encrypted in it. */
export const decodeLogins = (json: string): Decoded<PlainLogins> => decode(loginsSchema, json);
