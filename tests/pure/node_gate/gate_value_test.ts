import { assertEquals } from "@std/assert";
import { gateValue } from "../../../mod/pure/node_gate/gate_value.ts";

const DUE = ["reg.lab/a:1", "reg.lab/b:1", "reg.lab/c:1"];
const TOLD = { due: DUE, share: 1, untilMs: Date.parse("2026-01-01T00:05:00Z"), mostBytes: 1_000 };

Deno.test("a gate is told with what is due, how much is enough where that is not all, and until when", () => {
  assertEquals(gateValue(TOLD), { due: DUE, until: "2026-01-01T00:05:00.000Z" });
  assertEquals(gateValue({ ...TOLD, share: 0.8 }).share, 0.8);
});

Deno.test("what has no room is left out from the end, to the byte", () => {
  const bytes = JSON.stringify(DUE.slice(0, 2)).length;
  assertEquals(gateValue({ ...TOLD, mostBytes: bytes }).due, DUE.slice(0, 2));
  assertEquals(gateValue({ ...TOLD, mostBytes: bytes - 2 }).due, DUE.slice(0, 1));
  assertEquals(gateValue({ ...TOLD, mostBytes: 5 }).due, []);
});
