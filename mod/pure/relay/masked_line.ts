/**
 * One line for logs and reports: no control characters or colours, no user and password or query of a URL
 * (signed addresses of storage carry their signature there), no values of `Authorization`.
 */
export function maskedLine(text: string, length: number): string {
  const line = text
    .replace(/\p{Cc}(\[[0-9;]*m)?/gu, " ")
    .replace(/ +/g, " ")
    .trim()
    .replace(/(\w+:\/\/)[^/\s"@]+@/g, "$1***@")
    .replace(/(https?:\/\/[^\s"?]*)\?[^\s"]*?(?=[:)]*(["\s]|$))/g, "$1?***")
    .replace(/\b(Basic|Bearer) [\w.~+/=-]{8,}/gi, "$1 ***");
  return line.length <= length ? line : line.slice(0, length - 1) + "…";
}
