// The key of a node that has no service account, from a file to the controller's setting.
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { openAgentLogins } from "../../mod/agent_logins.ts";
import { systemClock } from "../../mod/adapters/clock.ts";
import { readControllerSettings } from "../../mod/pure/settings/controller_settings.ts";
import { UnusableSettingsError } from "../../mod/pure/settings/settings.ts";
import { memoryStore } from "../harness/fakes/memory_store.ts";
import { recordings } from "../harness/fakes/quiet.ts";
import { never } from "../harness/signals.ts";

Deno.test("a node logs the fingerprint of its key, which the controller takes as it is", async () => {
  await using site = await makeFolder();
  const path = await site.key();
  const fingerprint = await site.fingerprintOf(path);
  assertEquals(await site.fingerprintOf(path), fingerprint, "it keeps the key");
  const outcome = readControllerSettings([
    `--node-keys=worker-1.example.com=${fingerprint}`,
  ], {});
  assert(outcome.type === "settings", JSON.stringify(outcome));
  assertEquals(outcome.settings.private.nodeKeys, [{ node: "worker-1.example.com", fingerprint }]);
  assert(fingerprint !== await site.fingerprintOf(await site.key()));
});

Deno.test("a key file that cannot be used is named with the reason, and nothing of it shown", async () => {
  await using site = await makeFolder();
  const none = `${site.folder}/none`;
  const other = await site.write(
    "-----BEGIN PRIVATE KEY-----\nY2FuYXJ5\n-----END PRIVATE KEY-----\n",
  );
  const reasons: Record<string, string> = {
    [none]: "it is missing",
    [site.folder]: "it is a folder",
    "/dev/zero": "it is not a regular file",
    [await site.write("canary")]: "openssl genpkey",
    [await site.write("canary".repeat(400_000))]: "more than 1 MiB",
    [other]: "openssl genpkey",
  };
  for (const [path, reason] of Object.entries(reasons)) {
    const error = await assertRejects(() => site.open(path), UnusableSettingsError);
    const told = error.faults.join();
    assertStringIncludes(told, `Cannot use --node-key (NODE_KEY) "${path}": `);
    assertStringIncludes(told, reason);
    assertEquals(/canary|Y2Fu/.test(told), false);
  }
});

async function makeFolder() {
  const folder = await Deno.makeTempDir({ prefix: "warm-images-key-" });
  const recorded = recordings();
  let files = 0;
  const write = async (text: string) => {
    const path = `${folder}/${++files}`;
    await Deno.writeTextFile(path, text);
    return path;
  };
  const open = async (nodeKey: string) => {
    await using _logins = await openAgentLogins({ nodeKey }, {
      ...recorded,
      clock: systemClock,
      signal: never(),
      node: "worker-1",
      store: memoryStore(),
    });
  };
  return {
    folder,
    write,
    open,
    /** As openssl writes it. */
    async key() {
      const pair = await crypto.subtle.generateKey("X25519", true, ["deriveBits"]) as CryptoKeyPair;
      const bytes = new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey));
      const lines = bytes.toBase64().replace(/.{64}/g, "$&\n");
      return await write(`-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`);
    },
    async fingerprintOf(path: string): Promise<string> {
      recorded.logger.lines.length = 0;
      await open(path);
      return recorded.logger.lines.map(({ fields }) => fields["fingerprint"]).join();
    },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}
