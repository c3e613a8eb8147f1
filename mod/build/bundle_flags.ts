/**
 * How to bundle a program. The page's files are imported as texts, which Deno 2.7 does not do unasked;
 * of a bundle they are a part, so that what is compiled of it needs no flag.
 */
export const BUNDLE_FLAGS: readonly string[] = ["--quiet", "--unstable-raw-imports"];
