import { assertEquals } from "@std/assert";
import type { Moment } from "../../../mod/pure/moment.ts";
import { RegistryPauses } from "../../../mod/pure/pulls/registry_pauses.ts";

const backoff = { baseMs: 1_000, maxMs: 8_000 };
const pauses = () => new RegistryPauses(backoff, () => 1);
const at = (ms: number): Moment => ({ wallMs: 1e12 + ms, monotonicMs: ms });

Deno.test("a registry that refuses is left alone, longer each time", () => {
  const registries = pauses();
  registries.refused("reg.lab", at(0));
  assertEquals(registries.until("reg.lab"), 1_000);
  registries.refused("reg.lab", at(1_000));
  assertEquals(registries.until("reg.lab"), 3_000);
  assertEquals([...registries.all()], [["reg.lab", 3_000]]);
  assertEquals(registries.until("other.lab"), undefined);
});

Deno.test("pulls that are refused together count as one refusal", () => {
  const registries = pauses();
  for (const now of [0, 1, 2]) registries.refused("reg.lab", at(now));
  assertEquals(registries.until("reg.lab"), 1_000);
});

Deno.test("a pull that had begun before the pause does not end it", () => {
  const registries = pauses();
  registries.refused("reg.lab", at(0));
  registries.served("reg.lab", 500);
  assertEquals(registries.until("reg.lab"), 1_000);
});

Deno.test("a pull that succeeds after the pause makes the next one short again", () => {
  const registries = pauses();
  registries.refused("reg.lab", at(0));
  registries.served("reg.lab", 1_000);
  assertEquals(registries.until("reg.lab"), undefined);
  registries.refused("reg.lab", at(2_000));
  assertEquals(registries.until("reg.lab"), 3_000);
});

Deno.test("a registry that says for how long is left alone for that, and never less", () => {
  for (
    const [retryAfterMs, random, until] of [
      [90_000, 0, 90_000],
      [90_000, 1, 112_500],
      [100, 0, 100],
      [100, 1, 1_100],
      [86_400_000, 0, 3_600_000],
      [86_400_000, 1, 3_660_000],
    ] as const
  ) {
    const registries = new RegistryPauses(backoff, () => random);
    registries.refused("reg.lab", at(0), retryAfterMs);
    assertEquals(registries.until("reg.lab"), until, `${retryAfterMs}`);
  }
});

Deno.test("a registry that asks for no time at all gets the back-off", () => {
  const registries = pauses();
  registries.refused("reg.lab", at(0), 0);
  assertEquals(registries.until("reg.lab"), 1_000);
});

Deno.test("of what pulls are told together the longest counts", () => {
  const registries = new RegistryPauses(backoff, () => 0);
  registries.refused("reg.lab", at(0), 60_000);
  registries.refused("reg.lab", at(1), 10_000);
  registries.refused("reg.lab", at(2));
  assertEquals(registries.until("reg.lab"), 60_000);
  registries.refused("reg.lab", at(3), 120_000);
  assertEquals(registries.until("reg.lab"), 120_003);
  assertEquals(
    registries.reason("reg.lab", 120_002),
    "reg.lab asked for a pause, until " + new Date(1e12 + 120_003).toISOString(),
  );
  assertEquals(registries.reason("reg.lab", 120_003), undefined);
});
