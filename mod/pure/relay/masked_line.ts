/**
 * One line for logs and reports: no control characters, no user and password or query of a URL
 * (signed addresses of storage carry their signature there), no values of `Authorization`.
 */
export function maskedLine(text: string, length: number): string {
  const line = text
    .replace(/\p{Cc}+/gu, " ")
    .replace(/ +/g, " ")
    .trim()
    .replace(/(\w+:\/\/)[^/\s"@]+@/g, "$1***@")
    .replace(/(https?:\/\/[^\s"?]*)\?[^\s")]*/g, "$1?***")
    .replace(/\b(Basic|Bearer) [\w.~+/=-]{8,}/gi, "$1 ***");
  return line.length <= length ? line : line.slice(0, length - 1) + "…";
}
