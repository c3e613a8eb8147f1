import { assert, assertEquals } from "@std/assert";
import { ByteRate } from "../../../mod/adapters/relay/blobs/byte_rate.ts";
import { never } from "../../harness/signals.ts";

function rateAt(bytesPerSecond: number) {
  const time = { ms: 1_000_000 };
  return { time, rate: new ByteRate(bytesPerSecond, () => time.ms) };
}

Deno.test("bytes are paid for in the order of their taking, by all who take part", () => {
  const { time, rate } = rateAt(1000);
  time.ms += 50;
  assertEquals(rate.take(100), time.ms + 50);
  assertEquals(rate.take(1000), time.ms + 1050);
  assertEquals(rate.take(500), time.ms + 1550);
});

Deno.test("a quiet time saves up no more than a moment", () => {
  const { time, rate } = rateAt(1000);
  rate.take(1);
  time.ms += 3_600_000;
  assertEquals(rate.take(1000), time.ms + 950);
});

Deno.test("nobody waits for what is paid, and everybody for what is not", async () => {
  const { time, rate } = rateAt(1_000_000);
  assertEquals(rate.wait(time.ms, never()), undefined);
  const waiting = rate.wait(rate.take(60_000), never());
  assert(waiting !== undefined);
  await waiting;
});
