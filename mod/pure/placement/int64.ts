/** As Go's `strconv.ParseInt(text, 10, 64)`; undefined for what that refuses. */
export function asInt64(text: string | undefined): bigint | undefined {
  if (text === undefined || !/^[+-]?[0-9]+$/.test(text)) return undefined;
  const integer = BigInt(text.replace(/^\+/, ""));
  return integer === BigInt.asIntN(64, integer) ? integer : undefined;
}
