// Hostile types of the @std packages: `deno task check` checks everything once more with
// hostile_map.json, so that nothing of ours depends on types that a package happens to infer.
//
// - Parameters are the published ones, as the stand-ins declare them.
// - Results are `Nothing`; those of FakeTime, which tests hand to assertEquals, are `unknown`.
// - What we have in hand stays: an assertion narrows what it is given, an error has the class that
//   the caller names, a record of the log holds the texts that it was made of.
//
// Each file of this folder belongs to the stand-in of the same name in ../std. They hold types alone
// and never run.

declare const nothing: unique symbol;

/**
 * A value of which nothing is known. It can be given to `unknown` alone, as `unknown` can; more than
 * that, it may not even be compared with a value of any other type.
 */
export type Nothing = { readonly [nothing]: never } | null | undefined;
