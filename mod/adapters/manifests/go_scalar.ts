/** A plain YAML scalar as Kubernetes takes it. */
export type PlainValue = string | number | boolean | null;

/**
 * What a scalar without quotes means to Kubernetes: YAML 1.1 as `resolve.go` of go.yaml.in/yaml/v2
 * (behind sigs.k8s.io/yaml) understands it, where `no` is false, `1_000` and `0o14` are numbers,
 * and `12:30` is a text. Throws for infinities and what is no number, which JSON cannot say.
 */
export function plainValue(text: string): PlainValue {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  if (NOT_FINITE.test(text)) throw new Error(`JSON has no number ${text}`);
  if (!/^[-+.0-9]/.test(text)) return text;
  const digits = text.replaceAll("_", "");
  return integer(digits) ?? (FLOAT.test(digits) ? finite(digits) : undefined) ?? text;
}

const WORDS: ReadonlyMap<string, boolean | null> = new Map([
  ...inEachCase(["y", "yes", "true", "on"]).map((word) => [word, true] as const),
  ...inEachCase(["n", "no", "false", "off"]).map((word) => [word, false] as const),
  ...["", "~", ...inEachCase(["null"])].map((word) => [word, null] as const),
]);

const NOT_FINITE = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const INTEGER = /^([-+]?)(?:(0[xX][0-9a-fA-F]+)|(0[bB][01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))$/;

/** As `strconv.ParseInt` with base 0: `017` is octal, as is `0o17`. */
function integer(digits: string): number | undefined {
  const found = INTEGER.exec(digits);
  if (!found) return undefined;
  const [, sign, hex, binary, octal, decimal] = found;
  const size = Number(hex ?? binary ?? (octal === undefined ? decimal : `0o${octal}`));
  return sign === "-" && size !== 0 ? -size : size;
}

/** Go leaves what is too large for a number a text. */
function finite(digits: string): number | undefined {
  const value = Number(digits);
  return Number.isFinite(value) ? value : undefined;
}

function inEachCase(words: readonly string[]): string[] {
  return words.flatMap((word) => [
    word,
    `${word.charAt(0).toUpperCase()}${word.slice(1)}`,
    word.toUpperCase(),
  ]);
}
