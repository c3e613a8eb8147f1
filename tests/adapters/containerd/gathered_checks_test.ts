import { assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { GatheredChecks } from "../../../mod/adapters/containerd/gathered_checks.ts";
import type { CheckedImage } from "../../../mod/pure/pulls/ctr_output.ts";
import { RuntimeUnavailableError } from "../../../mod/pure/pulls/runtime_errors.ts";

const { signal } = new AbortController();

Deno.test("questions close to each other are asked together, and each gets its own answer", async () => {
  using asked = asking();
  const first = asked.checks.check("a", { signal });
  await asked.time.tickAsync(20);
  const second = asked.checks.check("b", { signal });
  const absent = asked.checks.check("absent", { signal });
  await asked.time.tickAsync(20);
  assertEquals((await first)?.digest, "digest of a");
  assertEquals((await second)?.digest, "digest of b");
  assertEquals(await absent, undefined);
  assertEquals(asked.batches, [["a", "b", "absent"]]);

  const later = asked.checks.check("c", { signal });
  await asked.time.tickAsync(40);
  assertEquals((await later)?.digest, "digest of c");
  assertEquals(asked.batches.length, 2);
});

Deno.test("who gives up takes no answer from others, and the last one ends the question", async () => {
  using asked = asking();
  asked.answer = () => new Promise(() => {});
  const [one, other] = [new AbortController(), new AbortController()];
  const pulls = [one, other].map(({ signal }) => asked.checks.check("a", { signal }));
  await asked.time.tickAsync(40);
  one.abort(new Error("stopped"));
  await assertRejects(() => pulls[0] ?? Promise.resolve(), Error, "stopped");
  assertEquals(asked.signals[0]?.aborted, false);
  other.abort(new Error("stopped too"));
  await assertRejects(() => pulls[1] ?? Promise.resolve(), Error, "stopped too");
  assertEquals(asked.signals[0]?.aborted, true);
});

Deno.test("a question that everybody gave up before it was asked is not asked, nor in the way", async () => {
  using asked = asking();
  const one = new AbortController();
  const given = asked.checks.check("a", { signal: one.signal });
  one.abort(new Error("stopped"));
  await assertRejects(() => given, Error, "stopped");
  const next = asked.checks.check("b", { signal });
  await asked.time.tickAsync(40);
  assertEquals((await next)?.digest, "digest of b");
  assertEquals(asked.batches, [["b"]]);
});

Deno.test("a runtime that does not answer is everybody's failure, once", async () => {
  using asked = asking();
  asked.answer = () => Promise.reject(new RuntimeUnavailableError("hung"));
  const pulls = ["a", "b"].map((each) => asked.checks.check(each, { signal }));
  const failed = pulls.map((each) => assertRejects(() => each, RuntimeUnavailableError, "hung"));
  await asked.time.tickAsync(40);
  await Promise.all(failed);
  asked.answer = answered;
  const again = asked.checks.check("a", { signal });
  await asked.time.tickAsync(40);
  assertEquals((await again)?.digest, "digest of a");
});

function answered(references: readonly string[]): Promise<Map<string, CheckedImage>> {
  const present = references.filter((each) => each !== "absent");
  return Promise.resolve(
    new Map(present.map((each) => [each, {
      unpacked: true,
      platform: true,
      content: "complete (3/3)",
      digest: `digest of ${each}`,
    }])),
  );
}

function asking() {
  const time = new FakeTime();
  const asked = {
    time,
    answer: answered,
    batches: [] as (readonly string[])[],
    signals: [] as AbortSignal[],
    checks: new GatheredChecks({
      check(references, { signal }): Promise<Map<string, CheckedImage>> {
        asked.batches.push(references);
        asked.signals.push(signal);
        return asked.answer(references);
      },
    }),
    [Symbol.dispose]: () => time.restore(),
  };
  return asked;
}
