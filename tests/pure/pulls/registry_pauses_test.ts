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
