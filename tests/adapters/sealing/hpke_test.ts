import { assertEquals, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import { openSealing } from "../../../mod/adapters/sealing/hpke.ts";

const LOW_ORDER = Uint8Array
  .fromHex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800").toBase64();

Deno.test("what is sealed opens with the private key, for what it is bound to", async () => {
  const sealing = openSealing();
  const keys = await sealing.newKeys();
  const box = await sealing.seal(keys.publicKey, "säcret", "node n1");
  assertEquals(await keys.open(box, "node n1"), "säcret");
});

Deno.test("it opens neither with other keys, nor bound to something else, nor changed", async () => {
  const sealing = openSealing();
  const [keys, others] = [await sealing.newKeys(), await sealing.newKeys()];
  const box = await sealing.seal(keys.publicKey, "secret", "node n1");
  assertEquals(await others.open(box, "node n1"), undefined);
  assertEquals(await keys.open(box, "node n2"), undefined);
  assertEquals(await keys.open({ ...box, text: `A${box.text.slice(1)}` }, "node n1"), undefined);
  assertEquals(await keys.open({ ...box, enc: others.publicKey }, "node n1"), undefined);
  assertEquals(await keys.open({ enc: "!", text: "" }, "node n1"), undefined);
});

Deno.test("sealed twice it looks different", async () => {
  const sealing = openSealing();
  const { publicKey } = await sealing.newKeys();
  const [one, other] = [
    await sealing.seal(publicKey, "a", ""),
    await sealing.seal(publicKey, "a", ""),
  ];
  assertNotEquals(one.text, other.text);
});

Deno.test("a public key that is none is refused, and has no fingerprint", async () => {
  const sealing = openSealing();
  const { publicKey } = await sealing.newKeys();
  const bytes = Uint8Array.fromBase64(publicKey);
  const none = {
    nothing: "",
    "too short": bytes.subarray(1).toBase64(),
    "too long": new Uint8Array([...bytes, 0]).toBase64(),
    "no base64": "no base64!",
    // To points of low order everybody can encrypt and decrypt (RFC 7748 §6.1).
    zero: new Uint8Array(32).toBase64(),
    one: new Uint8Array([1, ...new Uint8Array(31)]).toBase64(),
    "of order 8": LOW_ORDER,
  };
  for (const [what, key] of Object.entries(none)) {
    await assertRejects(() => sealing.seal(key, "secret", ""), Error, undefined, what);
    await assertRejects(() => sealing.fingerprint(key), Error, undefined, what);
  }
});

Deno.test("who encrypts by a point of low order is not heard", async () => {
  const keys = await openSealing().newKeys();
  assertEquals(await keys.open({ enc: LOW_ORDER, text: btoa("x".repeat(20)) }, ""), undefined);
});

Deno.test("a node's own key is read from what openssl makes, and keeps its fingerprint", async () => {
  const sealing = openSealing();
  const pem = await pemOf();
  const [keys, again] = [await sealing.keysOf(pem), await sealing.keysOf(pem)];
  assertEquals(keys.fingerprint, again.fingerprint);
  assertMatch(keys.fingerprint, /^SHA256:[A-Za-z0-9+/]{43}$/);
  const box = await sealing.seal(keys.publicKey, "secret", "x");
  assertEquals(await again.open(box, "x"), "secret");
});

Deno.test("a file that is no such key is refused in words that hold nothing of it", async () => {
  const sealing = openSealing();
  const block = btoa("secret-key-material-of-another-kind");
  const pem = `-----BEGIN PRIVATE KEY-----\n${block}\n-----END PRIVATE KEY-----\n`;
  for (const text of ["", "secret-key", pem]) {
    const error = await assertRejects(() => sealing.keysOf(text), Error, "openssl genpkey");
    assertEquals(error.message.includes(block), false);
  }
});

/** As `openssl genpkey -algorithm X25519` writes it. */
async function pemOf(): Promise<string> {
  const pair = await crypto.subtle.generateKey("X25519", true, ["deriveBits"]);
  if (!("privateKey" in pair)) throw new Error("There is no private key");
  const bytes = new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey));
  return `-----BEGIN PRIVATE KEY-----\n${bytes.toBase64()}\n-----END PRIVATE KEY-----\n`;
}
