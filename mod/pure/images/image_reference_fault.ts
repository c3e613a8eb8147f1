/**
 * Says why a text is no image reference, in words that help to mend it. `text` is known to be
 * refused by the grammar; the first matching reason of the table is given.
 */
export function explainInvalidReference(text: string): string {
  for (const [applies, reason] of REASONS) {
    if (applies(text)) return reason;
  }
  return "it is not of the form [registry/]repository[:tag][@digest]";
}

const REASONS: readonly (readonly [(text: string) => boolean, string])[] = [
  [(text) => text === "", "it is empty"],
  [(text) => /\{\{|\$[{(A-Za-z]/.test(text), "it is a template that nothing has filled in"],
  [(text) => /\s/.test(text), "it contains white space"],
  [(text) => text.startsWith("-"), 'it must not begin with "-"'],
  [(text) => text.includes("://"), 'it must not have a scheme such as "https://"'],
  [(text) => text.endsWith("/"), "repository name is missing after the last slash"],
  [
    (text) => /:[^/@]*$/.test(text.split("@", 1)[0] ?? "") && !TAGGED.test(text),
    "tag must have 1 to 128 characters of A-Z, a-z, 0-9, _, . and -, and not begin with . or -",
  ],
  [
    (text) => text.includes("@") && !DIGESTED.test(text),
    "digest must be an algorithm, a colon and at least 32 hexadecimal digits",
  ],
];

const TAGGED = /:\w[\w.-]{0,127}(?:@.*)?$/;
const DIGESTED = /@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9A-Fa-f]{32,}$/;
