// How pull secrets are read, in fake time.
import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { SecretReader } from "../../mod/flow/secret_reader.ts";
import type { ReadPullSecret } from "../../mod/ports/pull_secrets.ts";
import type { PullSecret } from "../../mod/pure/private_images/private_use.ts";
import { SecretText } from "../../mod/pure/registry_logins/secret_text.ts";
import { fakeClock } from "../harness/fakes/fake_clock.ts";
import { advance } from "../harness/fakes/fake_time.ts";
import { secretOf } from "../harness/fakes/giving_controller.ts";
import { recordings } from "../harness/fakes/quiet.ts";

const SHOP: PullSecret = { namespace: "shop", name: "regcred" };
const IMAGE = "reg.lab/shop/app:1";
const MINUTE = 60_000;
const { signal } = new AbortController();

Deno.test("Secrets that hang keep no other from being read, however many they are", async () => {
  using time = new FakeTime();
  const hanging = Array.from({ length: 100 }, (_, at) => ({ namespace: `n${at}`, name: "slow" }));
  const { reader, logger } = readerOf((secret) =>
    secret.name === "slow" ? new Promise(() => {}) : Promise.resolve(secretOf("pw", "1"))
  );
  for (let look = 0; look < 7 && reader.logins(SHOP, IMAGE) === undefined; look++) {
    const reading = reader.read([...hanging, SHOP], signal);
    await advance(time, 6_000);
    await reading;
  }
  assertEquals(reader.logins(SHOP, IMAGE)?.version, "1");
  assertEquals(logger.lines.some(({ fields }) => fields["secret"] === "n0/slow"), true);
});

Deno.test("while the API server fails, what was read last counts for five minutes and no longer", async () => {
  using time = new FakeTime();
  let isDown = false;
  const { reader } = readerOf(() =>
    isDown ? Promise.reject(new Error("500")) : Promise.resolve(secretOf("pw", "1"))
  );
  await reader.read([SHOP], signal);
  isDown = true;
  const counts: boolean[] = [];
  for (let minute = 1; minute <= 7; minute++) {
    await advance(time, MINUTE);
    await reader.read([SHOP], signal);
    counts.push(reader.logins(SHOP, IMAGE) !== undefined);
  }
  assertEquals(counts, [true, true, true, true, false, false, false]);
  isDown = false;
  await advance(time, MINUTE);
  await reader.read([SHOP], signal);
  assertEquals(reader.logins(SHOP, IMAGE)?.version, "1");
});

Deno.test("a Secret that may not be read any more counts no longer, at once", async () => {
  using time = new FakeTime();
  let found: ReadPullSecret = secretOf("pw", "1");
  const { reader } = readerOf(() => Promise.resolve(found));
  await reader.read([SHOP], signal);
  found = { result: "none", why: "it may not be read" };
  await advance(time, MINUTE);
  await reader.read([SHOP], signal);
  assertEquals(reader.logins(SHOP, IMAGE), undefined);
});

Deno.test("a Secret of a megabyte is named once, and fills neither log nor bucket", async () => {
  using _time = new FakeTime();
  const auths = Object.fromEntries(
    Array.from({ length: 20_000 }, (_, at) => [`r${at}.lab`, { auth: 7 }]),
  );
  const many = JSON.stringify({ auths });
  const long = JSON.stringify({
    auths: { "reg.lab": { username: "a", password: "p".repeat(9e5) } },
  });
  for (const text of [many, long]) {
    const config = new SecretText(text);
    const { reader, logger } = readerOf(() =>
      Promise.resolve({ result: "found", version: "1", config })
    );
    await reader.read([SHOP], signal);
    for (let at = 0; at < 100; at++) {
      assertEquals(reader.logins(SHOP, `reg.lab/shop/app:${at}`), undefined);
    }
    const told = logger.lines.map(({ fields }) => String(fields["reason"]));
    assertEquals(told.length <= 2 && told.join().length < 1_000, true, told.join("\n"));
  }
});

function readerOf(read: (secret: PullSecret) => Promise<ReadPullSecret>) {
  const recorded = recordings();
  const reader = new SecretReader({ ...recorded, secrets: { read }, clock: fakeClock() });
  return { reader, ...recorded };
}
