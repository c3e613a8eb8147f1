import * as v from "valibot";
import { decode, type Decoded } from "./decode.ts";

const text = v.pipe(v.string(), v.nonEmpty());

const schema = v.object({ v: v.literal(1), id: text, at: text });

/** The order to give up all kept bytes; `id` tells it apart from others, `at` is an ISO time. */
export type UninstallOrder = v.InferOutput<typeof schema>;

/** Reads the value of `UNINSTALL_KEY`. */
export const decodeUninstallOrder = (text: string): Decoded<UninstallOrder> => decode(schema, text);
