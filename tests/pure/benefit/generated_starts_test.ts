import { assert, assertEquals } from "@std/assert";
import { BenefitSums } from "../../../mod/pure/benefit/benefit_sums.ts";
import { readPulledEvent } from "../../../mod/pure/benefit/pulled_event.ts";
import { Starts } from "../../../mod/pure/benefit/starts.ts";
import { type GeneratedCluster, generateStarts } from "./generated_starts.ts";

/** Lets a controller see the Events, each at its time, and judge every ten seconds. */
function countedBy(cluster: GeneratedCluster): BenefitSums {
  const { beganMs, events, warmth } = cluster;
  const starts = new Starts(warmth, beganMs);
  const sums = new BenefitSums({ since: new Date(beganMs).toISOString() });
  let judgedMs = beganMs;
  for (const { raw, toldMs } of events) {
    for (; judgedMs < toldMs; judgedMs += 10_000) {
      starts.judge(judgedMs).forEach((s) => sums.add(s));
    }
    const event = readPulledEvent(raw);
    if (event !== undefined) starts.tell(event, toldMs);
  }
  starts.judge(judgedMs + 600_000).forEach((start) => sums.add(start));
  return sums;
}

Deno.test("of 10,000 generated pods with restarts, resent and merged Events every start is counted once", () => {
  for (const seed of [1, 2, 3]) {
    const cluster = generateStarts({ seed, pods: 10_000, lostShare: 0 });
    const { total } = countedBy(cluster).value("");
    const { warm, cold, waitedSeconds, savedSeconds } = cluster.truth;
    assertEquals([total.warm, total.cold], [warm, cold]);
    assert(Math.abs(total.waitedSeconds - waitedSeconds) < 0.001 * waitedSeconds);
    assert(Math.abs(total.savedSeconds - savedSeconds) < 0.001 * savedSeconds);
  }
});

Deno.test("lost Events leave out what they told, and distort nothing else", () => {
  const cluster = generateStarts({ seed: 4, pods: 10_000, lostShare: 0.05 });
  const { total } = countedBy(cluster).value("");
  const { warm, cold, lost } = cluster.truth;
  const missing = warm + cold - total.warm - total.cold;
  assert(missing >= 0 && missing <= lost, `${missing} of ${lost} lost`);
  const share = warm / (warm + cold);
  assert(Math.abs(total.warm / (total.warm + total.cold) - share) < 0.01);
});
