import * as v from "valibot";

/** A token of a token service. */
export interface Token {
  readonly token: string;
  /** How long it is good for, in ms from when it was asked for. */
  readonly lifetimeMs: number;
  /** What is to be shown next time in place of the identity token. */
  readonly refreshToken?: string | undefined;
}

const answerSchema = v.object({
  "token": v.nullish(v.string(), ""),
  "access_token": v.nullish(v.string(), ""),
  "expires_in": v.fallback(v.nullish(v.number()), undefined),
  "refresh_token": v.fallback(v.nullish(v.string()), undefined),
});

/** "Defaults to 60 seconds": distribution.github.io/distribution/spec/auth/token. */
const DEFAULT_LIFETIME_MS = 60_000;

/** Reads what a token service answered; undefined: there is no usable token in it. Never throws. */
export function parseTokenAnswer(text: string): Token | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  const result = v.safeParse(answerSchema, parsed);
  if (!result.success) return undefined;
  const { "access_token": accessToken, "expires_in": seconds } = result.output;
  const refreshToken = result.output["refresh_token"] || undefined;
  const token = accessToken || result.output.token;
  // It becomes a part of a header.
  if (!/^[\x21-\x7e]+$/.test(token)) return undefined;
  // As containerd does, what is no time in the future counts as not said.
  const lifetimeMs = seconds && seconds > 0 ? seconds * 1000 : DEFAULT_LIFETIME_MS;
  return { token, lifetimeMs, ...(refreshToken !== undefined && { refreshToken }) };
}

/**
 * How long a token is used, in ms: somewhat shorter than it is good for, since a request takes time
 * to arrive and clocks differ.
 */
export function usableMs({ lifetimeMs }: Token): number {
  return lifetimeMs - Math.min(lifetimeMs / 4, 30_000);
}
