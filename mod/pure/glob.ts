/** Whether a text matches one of the globs, in which `*` and `?` stand for any characters. */
export function globMatcher(globs: readonly string[]): (text: string) => boolean {
  if (globs.length === 0) return () => false;
  const expression = new RegExp(`^(?:${globs.map(pattern).join("|")})$`, "s");
  return (text) => expression.test(text);
}

function pattern(glob: string): string {
  const escaped = glob.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  // Several stars in a row mean one, and would make the expression slow.
  return escaped.replace(/\*+/g, ".*").replaceAll("?", ".");
}
