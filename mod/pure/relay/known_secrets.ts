import { Pieces } from "./text_pieces.ts";

/** Secrets that were shown to registries, and the users that they belong to. */
export interface KnownSecrets {
  readonly secrets: readonly string[];
  readonly users: readonly string[];
}

/** A piece of a secret of which so much can be seen is masked, however it is cut. */
const PIECE = 8;
/** In what others say anything is masked; in our own words shorter ones would be everywhere. */
const SHORTEST_IN_OWN_WORDS = 4;

/** What an `Authorization` says in secret: of `Basic` also user and password (RFC 7617). */
export function secretsIn(authorization: string): KnownSecrets {
  const [, scheme = "", value = authorization] = /^([\w-]+) +(.*)$/s.exec(authorization) ?? [];
  if (scheme.toLowerCase() !== "basic") return { secrets: [value], users: [] };
  let pair: string;
  try {
    pair = new TextDecoder().decode(Uint8Array.fromBase64(value));
  } catch {
    return { secrets: [value], users: [] };
  }
  const colon = pair.indexOf(":");
  return { secrets: [value, pair, pair.slice(colon + 1)], users: [pair.slice(0, colon)] };
}

/** Masks secrets in words of our own, into which something of a registry's may have got. */
export function maskedWords(text: string, { secrets }: KnownSecrets): string {
  return masked(text, secrets.filter(({ length }) => length >= SHORTEST_IN_OWN_WORDS), []);
}

/** Masks secrets and users in what a registry says, in each way that it may write them. */
export function maskedSaying(text: string, { secrets, users }: KnownSecrets): string {
  return masked(text, secrets, users);
}

function masked(text: string, secrets: readonly string[], users: readonly string[]): string {
  if (text === "") return "";
  const line = lowered(text);
  const marks = new Uint8Array(text.length);
  const pieces = new Pieces(line, PIECE);
  for (const secret of secrets) {
    for (const form of formsOf(secret)) {
      if (form.length < PIECE) markWhole(line, form, marks);
      else for (const at of pieces.sharedWith(form)) marks.fill(1, at, at + PIECE);
    }
  }
  for (const user of users) {
    for (const form of plainForms(user)) markWhole(line, form, marks, { wordsOnly: true });
    for (const form of base64Forms(user)) if (form.length >= PIECE) markWhole(line, form, marks);
  }
  return covered(text, marks);
}

function markWhole(
  line: string,
  form: string,
  marks: Uint8Array,
  { wordsOnly = false }: { readonly wordsOnly?: boolean } = {},
): void {
  if (form === "") return;
  for (let at = line.indexOf(form); at >= 0; at = line.indexOf(form, at + 1)) {
    const end = at + form.length;
    const isInWord = /\w/.test(line.charAt(at - 1)) || /\w/.test(line.charAt(end));
    if (!wordsOnly || !isInWord) marks.fill(1, at, end);
  }
}

function covered(text: string, marks: Uint8Array): string {
  let out = "";
  for (let at = 0; at < text.length; at++) {
    if (marks[at] === 0) out += text.charAt(at);
    else if (at === 0 || marks[at - 1] === 0) out += "***";
  }
  return out;
}

/** All in small letters, as some that repeat a header write it so. */
function formsOf(secret: string): Set<string> {
  const bytes = new TextEncoder().encode(secret);
  return new Set([...plainForms(secret), ...base64Forms(secret), bytes.toHex()]);
}

/** As it is, and as JSON, addresses, forms and pages write it. */
function plainForms(secret: string): Set<string> {
  const bytes = new TextEncoder().encode(secret);
  const json = JSON.stringify(secret).slice(1, -1);
  const inPage = secret.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const forms = [
    secret,
    json,
    json.replaceAll("/", "\\/"),
    JSON.stringify(json).slice(1, -1),
    // as encoders that know ASCII alone, and Go's for <, > and &
    json.replace(/[^\x20-\x7e]/g, escaped),
    json.replace(/[^\x20-\x7e]|[<>&]/g, escaped),
    encodeURIComponent(secret.toWellFormed()),
    new URLSearchParams({ x: secret }).toString().slice(2),
    inPage,
    inPage.replaceAll('"', "&quot;").replaceAll("'", "&#39;"),
    inPage.replaceAll('"', "&#34;").replaceAll("'", "&#39;"),
    // bytes of UTF-8 that were read as Latin 1
    inLatin1(bytes),
  ];
  // control characters become spaces in lines
  return new Set(forms.flatMap((form) => [form, form.replace(/\p{Cc}/gu, " ")]).map(lowered));
}

/** As it looks within any text that was encoded in base64: three ways, by what stands before it. */
function base64Forms(secret: string): Set<string> {
  const bytes = new TextEncoder().encode(secret);
  const forms = [0, 1, 2].map((before) => {
    const all = new Uint8Array(before + bytes.length);
    all.set(bytes, before);
    const whole = Math.floor(all.length * 8 / 6);
    return all.toBase64().slice(Math.ceil(before * 8 / 6), whole);
  }).filter(({ length }) => length >= PIECE);
  const forAddresses = forms.map((form) => form.replaceAll("+", "-").replaceAll("/", "_"));
  const inAddresses = forms.map(encodeURIComponent);
  return new Set([...forms, ...forAddresses, ...inAddresses].map(lowered));
}

/** `TextDecoder` has another table by that name. */
function inLatin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Of the same length, whatever the letters are. */
function lowered(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
