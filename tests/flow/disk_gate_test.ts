import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { DiskGate } from "../../mod/flow/disk_gate.ts";
import { advance, runPending } from "../harness/fakes/fake_time.ts";
import { recordings } from "../harness/fakes/quiet.ts";
import { scriptedDisk } from "../harness/fakes/scripted_disk.ts";

const NEVER = new AbortController().signal;

Deno.test("a gate is open and silent while the disk has room", async () => {
  const { gate, disk, lines, conditions } = startGate();
  disk.usedPercent = 79.9;
  assertEquals(await gate.check(NEVER), true);
  assertEquals(gate.blockedReason, undefined);
  assertEquals(gate.reading?.content.usedPercent, 79.9);
  assertEquals(conditions.state.get("disk"), { holds: true });
  assertEquals(lines(), []);
});

Deno.test("a gate is closed from the mark on, which is logged once", async () => {
  const { gate, disk, lines, conditions } = startGate();
  for (const usedPercent of [80, 95.4]) {
    disk.usedPercent = usedPercent;
    assertEquals(await gate.check(NEVER), false);
  }
  assertEquals(gate.blockedReason, "disk: 95 % used, pulls start below 80 %");
  assertEquals(conditions.state.get("disk"), { holds: true }, "it can be read");
  assertEquals(lines(), ["warn: Paused pulls, the disk is above the mark"]);
});

Deno.test("a gate opens as soon as the disk has room again", async () => {
  const { gate, disk, lines } = startGate();
  disk.usedPercent = 90;
  await gate.check(NEVER);
  disk.usedPercent = 79;
  assertEquals(await gate.check(NEVER), true);
  assertEquals(gate.blockedReason, undefined);
  assertEquals(lines().at(-1), "info: Resumed pulls, the disk has room");
});

Deno.test("a gate is closed while the disk cannot be read, and shows no old reading", async () => {
  const { gate, disk, lines, conditions } = startGate();
  await gate.check(NEVER);
  disk.broken = "no such file";
  assertEquals([await gate.check(NEVER), await gate.check(NEVER)], [false, false]);
  assertEquals(gate.reading, undefined);
  assertEquals(gate.blockedReason, "disk: cannot tell how full it is");
  assertEquals(conditions.state.get("disk"), {
    holds: false,
    reason: "Cannot tell how full the disk is, so no pull starts: no such file",
  });
  assertEquals(lines(), ["warn: Could not read the disk, paused pulls"]);
});

Deno.test("a disk that can be read again is high or roomy, whatever it was before", async () => {
  for (
    const [usedPercent, opens, line] of [
      [90, false, "warn: Paused pulls, the disk is above the mark"],
      [10, true, "info: Resumed pulls, the disk has room"],
    ] as const
  ) {
    const { gate, disk, lines, conditions } = startGate();
    disk.broken = "no such file";
    await gate.check(NEVER);
    disk.broken = undefined;
    disk.usedPercent = usedPercent;
    assertEquals(await gate.check(NEVER), opens);
    assertEquals(lines().at(-1), line);
    assertEquals(conditions.state.get("disk"), { holds: true });
  }
});

Deno.test("a disk that does not answer closes the gate after ten seconds, and is not asked again", async () => {
  using time = new FakeTime();
  const { gate, disk, lines, conditions } = startGate();
  const answer = Promise.withResolvers<void>();
  let reads = 0;
  const read = disk.read.bind(disk);
  disk.read = async () => {
    reads++;
    await answer.promise;
    return await read();
  };
  const first = gate.check(NEVER);
  await advance(time, 10_000);
  assertEquals([await first, await gate.check(NEVER), reads], [false, false, 1]);
  assertEquals(gate.blockedReason, "disk: cannot tell how full it is");
  assertEquals(conditions.state.get("disk"), {
    holds: false,
    reason: "Cannot tell how full the disk is, so no pull starts: " +
      "Timed out after 10 s waiting for the file system of the images",
  });
  assertEquals(lines(), ["warn: Could not read the disk, paused pulls"]);
  answer.resolve();
  await runPending(time);
  assertEquals([await gate.check(NEVER), reads], [true, 2]);
});

Deno.test("a gate gives up at once when its signal aborts, and says nothing", async () => {
  const { gate, disk, lines, conditions } = startGate();
  disk.read = () => new Promise(() => {});
  assertEquals(await gate.check(AbortSignal.abort()), false);
  assertEquals([lines(), conditions.state.size], [[], 0]);
});

Deno.test("the metric shows the last reading", async () => {
  const { gate, disk, metrics } = startGate();
  disk.usedPercent = 42.5;
  await gate.check(NEVER);
  disk.broken = "no such file";
  await gate.check(NEVER);
  assertEquals(metrics.value("warm_images_disk_used_percent"), 42.5);
});

function startGate() {
  const disk = scriptedDisk();
  const { logger, conditions, metrics } = recordings();
  const gate = new DiskGate({ disk, logger, conditions, metrics }, { diskHighPercent: 80 });
  const lines = () => logger.lines.map(({ level, message }) => `${level}: ${message}`);
  return { gate, disk, conditions, metrics, lines };
}
