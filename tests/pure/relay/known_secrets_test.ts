import { assert, assertEquals } from "@std/assert";
import { maskedSaying, maskedWords, secretsIn } from "../../../mod/pure/relay/known_secrets.ts";

const PASSWORD = 'c4nary "pässwörd" <&/+> 42';
const USER = "robot$shop+puller";
const BASIC = new TextEncoder().encode(`${USER}:${PASSWORD}`).toBase64();
const known = secretsIn(`Basic ${BASIC}`);

/** What of a secret, in eight characters or more, is still there. */
function remains(text: string, secret: string): boolean {
  for (let at = 0; at + 8 <= secret.length; at++) {
    if (text.toLowerCase().includes(secret.slice(at, at + 8).toLowerCase())) return true;
  }
  return false;
}

Deno.test("a secret is masked in each way that a registry may write it", () => {
  const bytes = new TextEncoder().encode(PASSWORD);
  const json = JSON.stringify(PASSWORD).slice(1, -1);
  const ways: Record<string, string> = {
    plain: PASSWORD,
    header: `Authorization: Basic ${BASIC}`,
    "without its end": BASIC.replace(/=+$/, ""),
    "for addresses": BASIC.replaceAll("+", "-").replaceAll("/", "_"),
    pair: `${USER}:${PASSWORD}`,
    json,
    "json of json": JSON.stringify(json),
    "json with slashes": json.replaceAll("/", "\\/"),
    "json in ASCII": json.replace(
      /[^\x20-\x7e]/g,
      (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
    ),
    "in an address": encodeURIComponent(PASSWORD),
    "in a form": new URLSearchParams({ password: PASSWORD }).toString(),
    "in a page": PASSWORD.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
      .replaceAll('"', "&quot;"),
    "in Latin 1": [...bytes].map((byte) => String.fromCharCode(byte)).join(""),
    hex: bytes.toHex(),
    "small letters": BASIC.toLowerCase(),
    "in base64 again": btoa(`${"x".repeat(4)}${BASIC}`).slice(6),
    "the password in base64": bytes.toBase64(),
    "its beginning": PASSWORD.slice(0, 12),
    "its end": BASIC.slice(-20),
  };
  for (const [way, text] of Object.entries(ways)) {
    const out = maskedSaying(`unauthorized: ${text} is wrong`, known);
    assert(!remains(out, text.replace(/^(Authorization: Basic |password=)/, "")), `${way}: ${out}`);
    assert(out.startsWith("unauthorized: ") && out.endsWith(" is wrong"), `${way}: ${out}`);
  }
});

Deno.test("the user is masked too, as a word", () => {
  assertEquals(maskedSaying(`user ${USER} may not`, known), "user *** may not");
  const ci = secretsIn(`Basic ${btoa("ci:abc")}`);
  assertEquals(
    maskedSaying('user "ci" is not specific, abc', ci),
    'user "***" is not specific, ***',
  );
});

Deno.test("in words of our own short secrets are left, as they would be everywhere", () => {
  const short = secretsIn(`Basic ${btoa("a:401")}`);
  assertEquals(maskedWords("answered 401 Unauthorized", short), "answered 401 Unauthorized");
  assertEquals(maskedSaying("answered 401", short), "answered ***");
  assertEquals(
    maskedWords("sent on to s3cret.example", secretsIn("Bearer s3cret")),
    "sent on to ***.example",
  );
});

Deno.test("what is no secret stays as it is", () => {
  const text = "manifest unknown: İ ß 日本 \u{1F600} tag 1.2";
  assertEquals(maskedSaying(text, known), text);
  assertEquals(maskedSaying("", known), "");
  assertEquals(maskedSaying(text, { secrets: [""], users: [""] }), text);
  assertEquals(secretsIn("Basic ???"), { secrets: ["???"], users: [] });
  assertEquals(secretsIn("plain"), { secrets: ["plain"], users: [] });
});

Deno.test("a token of 16 KB is masked however it is cut", () => {
  const token = Array.from({ length: 2000 }, (_, n) => (n * 2654435761 % 2 ** 32).toString(36))
    .join("");
  const long = secretsIn(`Bearer ${token}`);
  for (const [from, end] of [[0, 200], [5_000, 9_096], [1_000, 1_020]] as const) {
    const cut = token.slice(from, end);
    assertEquals(maskedSaying(`denied: ${cut}`, long), "denied: ***");
  }
});
