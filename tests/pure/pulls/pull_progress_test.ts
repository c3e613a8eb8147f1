import { assert, assertEquals } from "@std/assert";
import { ProgressMeter } from "../../../mod/pure/pulls/pull_progress.ts";

/** Records a pull second by second, and compares the time left with the truth from a fifth on. */
function assertTrueTimes(trace: readonly number[], isMoving: (second: number) => boolean): void {
  const totalBytes = trace.at(-1) ?? 0;
  const meter = new ProgressMeter(totalBytes);
  const moving = trace.map((_, second) => isMoving(second));
  for (const [second, bytes] of trace.entries()) {
    const { secondsLeft } = meter.record(second * 1000, bytes);
    const left = moving.slice(second + 1).filter((each) => each).length;
    if (bytes < totalBytes / 5 || left === 0) continue;
    assert(secondsLeft !== undefined, `second ${second}`);
    const ratio = secondsLeft / left;
    assert(ratio > 0.8 && ratio < 1.2, `second ${second}: ${secondsLeft} instead of ${left}`);
  }
}

const seconds = (count: number) => Array.from({ length: count + 1 }, (_, second) => second);

Deno.test("the time left is true for a pull that goes on evenly", () => {
  assertTrueTimes(seconds(60).map((second) => second * 20_000_000), () => true);
});

Deno.test("the time left is true for a pull that has become quick", () => {
  const ramp = (second: number) => second < 8 ? second ** 2 * 1e6 : 64e6 + (second - 8) * 16e6;
  assertTrueTimes(seconds(100).map(ramp), () => true);
});

Deno.test("the time left is that of moving for a pull that stands still in between", () => {
  const isMoving = (second: number) => second <= 30 || second > 36;
  const bytes = (second: number) => (second - Math.min(Math.max(second - 30, 0), 6)) * 10e6;
  assertTrueTimes(seconds(80).map(bytes), isMoving);
});

Deno.test("a pull that stands still for long has a rate of nothing, and no time left", () => {
  const meter = new ProgressMeter(1000);
  meter.record(0, 100);
  meter.record(1000, 500);
  const progress = meter.record(60_000, 500);
  assertEquals(meter.record(75_000, 500), { bytes: 500, totalBytes: 1000, bytesPerSecond: 0 });
  assertEquals(progress.bytes, 500);
});

Deno.test("nothing is said of a rate before there is one, and no more than all arrives", () => {
  const meter = new ProgressMeter(1000);
  assertEquals(meter.record(0, 0), { bytes: 0, totalBytes: 1000 });
  assertEquals(meter.record(2000, 1200).bytes, 1000);
});
