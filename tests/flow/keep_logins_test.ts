import { assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { makeLogins, removeLogins } from "../../mod/flow/keep_logins.ts";
import { UnusableSettingsError } from "../../mod/pure/settings/settings.ts";
import { advanceUntil } from "../harness/fakes/fake_time.ts";
import { memoryLogins } from "../harness/fakes/memory_logins.ts";
import { recordingLogger } from "../harness/fakes/quiet.ts";

const signal = new AbortController().signal;

/** Makes up another password at each call. */
function counting() {
  let made = 0;
  return () => {
    made++;
    return {
      passwords: { controller: `c${made}`, agent: `a${made}` },
      nodeUsers: { seeds: `s${made}`, config: `i${made}` },
      revision: `r${made}`,
    };
  };
}

Deno.test("rights that come late are waited for, and each reason is logged once", async () => {
  using time = new FakeTime();
  const store = memoryLogins();
  store.failures.push(new Error("forbidden"), new Error("forbidden"));
  const logger = recordingLogger();
  await advanceUntil(time, makeLogins(store, { logger, signal, makeUp: counting() }));
  assertEquals(store.carriedOut.length, 1);
  assertEquals(logger.lines.filter(({ level }) => level === "warn").length, 1);
});

Deno.test("who loses a race takes the logins of the winner", async () => {
  using time = new FakeTime();
  const [store, makeUp] = [memoryLogins(), counting()];
  const options = { logger: recordingLogger(), signal, makeUp };
  const carryOut = store.carryOut.bind(store);
  store.carryOut = async (plan, how) => {
    store.carryOut = carryOut;
    await makeLogins(store, options); // the winner, in between
    throw new Error(`409 ${plan.restart} ${how.signal.aborted}`);
  };
  await advanceUntil(time, makeLogins(store, options));
  assertEquals(store.found.master?.texts["agent"], "a2");
  assertEquals(store.carriedOut.filter(({ master }) => master !== undefined).length, 1);
});

Deno.test("what no try mends ends it at once", async () => {
  const store = memoryLogins();
  store.failures.push(new UnusableSettingsError(['Namespace "x" does not exist']));
  const options = { logger: recordingLogger(), signal, makeUp: counting() };
  await assertRejects(() => makeLogins(store, options), UnusableSettingsError);
});

Deno.test("it gives up after so many tries, with the last reason", async () => {
  using time = new FakeTime();
  const store = memoryLogins();
  store.failures.push(...Array.from({ length: 45 }, (_, i) => new Error(`refused ${i}`)));
  const options = { logger: recordingLogger(), signal, makeUp: counting() };
  const ended = makeLogins(store, options).then(() => "done", (error: Error) => error.message);
  assertEquals(await advanceUntil(time, ended), "refused 44");
});

Deno.test("logins go with NATS, and not before it", async () => {
  const [store, logger] = [memoryLogins(), recordingLogger()];
  await makeLogins(store, { logger, signal, makeUp: counting() });
  store.found = { ...store.found, nats: { revision: "" } };
  await removeLogins(store, { logger, signal });
  assertEquals(store.found.copy, { password: "a1" });
  store.found = { ...store.found, nats: undefined };
  await removeLogins(store, { logger, signal });
  assertEquals([store.found.master, store.found.copy], [undefined, undefined]);
});
