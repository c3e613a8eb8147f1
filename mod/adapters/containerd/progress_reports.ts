import { startTimer } from "../../async/timer.ts";
import type { RelayTraffic } from "../../ports/pull_relay.ts";
import { ProgressMeter, type PullProgress } from "../../pure/pulls/pull_progress.ts";

const EVERY_MS = 1000;

/**
 * Tells once a second how far a relayed pull has come, until disposed; then once more, so that no byte
 * goes uncounted. `dueBytes` is what it is to fetch.
 */
export function reportProgress(
  relayed: { readonly traffic: RelayTraffic },
  dueBytes: number,
  progress: (progress: PullProgress) => void,
): Disposable {
  const meter = new ProgressMeter(dueBytes);
  const report = () => progress(meter.record(performance.now(), relayed.traffic.arrivedBytes));
  let timer: Disposable;
  const wait = () =>
    timer = startTimer(EVERY_MS, () => {
      wait();
      report();
    });
  report();
  wait();
  return {
    [Symbol.dispose]() {
      timer[Symbol.dispose]();
      report();
    },
  };
}
