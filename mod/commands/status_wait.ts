import { drawText } from "../adapters/terminal/draw_text.ts";
import { shapeOf } from "../adapters/terminal/screen.ts";
import { Deadline } from "../async/deadline.ts";
import { pause } from "../async/delay.ts";
import { TaskGroup } from "../async/task_group.ts";
import { Wake } from "../async/wake.ts";
import { FleetView } from "../flow/fleet_view.ts";
import { followFleet, followReasons } from "../flow/read_fleet.ts";
import { print } from "../program.ts";
import { waitedImages, waitingLine, type WaitResult, waitText } from "../pure/fleet/wait_text.ts";
import type { WhyValue } from "../pure/bucket/wire.ts";
import { type WaitVerdict, waitVerdict } from "../pure/fleet/wait_verdict.ts";
import { momentOf } from "../pure/moment.ts";
import type { ControllerSettings } from "../pure/settings/controller_settings.ts";
import { withoutUnset } from "../pure/without_unset.ts";
import { faultOf } from "./bucket_fault.ts";
import type { BucketReader } from "./bucket_reader.ts";

const EXIT_CODES = { warm: 0, timeout: 1, useless: 3 } as const;

/** The exit code for operands that are no images. */
const USAGE = 2;

/** How long changes are gathered, and how often somebody who waits is told what for, in ms. */
const TIMES = { quietMs: 100, maxMs: 500, againMs: 1_000, firstMs: 2_000, toldMs: 10_000 };

/**
 * Waiting is useless once it has been so for this long, in ms: what somebody has set right a moment ago,
 * such as a namespace's mark, takes seconds to be told.
 */
const STANDS_MS = 10_000;

/** Judging takes at most this part of the time: with 5,000 nodes × 500 images once takes a second. */
const SHARE = 0.2;

/** Nothing has been read yet. */
const UNREAD: WaitVerdict = { result: "waiting", warm: 0, due: 0, lacks: [], lacking: 0 };

/** Waits until all is warm, or the images that are named; resolves to the exit code. */
export async function waitUntilWarm(
  reader: BucketReader,
  settings: ControllerSettings,
): Promise<number> {
  const { operands, output, status: { timeoutMs } } = settings;
  const waited = operands.length > 0 ? waitedImages(operands) : { images: undefined };
  if ("faults" in waited) {
    for (const fault of waited.faults) print(Deno.stderr, fault);
    return USAGE;
  }
  const view = new FleetView(reader.clock);
  const { images } = waited;
  using deadline = new Deadline(timeoutMs, "all to be warm", reader.signal);
  const verdict = await follow({ ...reader, signal: deadline.signal }, view, images);
  reader.signal.throwIfAborted();
  const result: WaitResult = withoutUnset({
    v: 1 as const,
    ...verdict,
    result: verdict.result === "waiting" ? "timeout" : verdict.result,
    fault: verdict.result === "waiting" ? whyNot(reader, view) : undefined,
  });
  const known = view.wanted.images.keys();
  print(
    Deno.stdout,
    output === "json"
      ? JSON.stringify(result, null, 2)
      : drawText(waitText(result, known), shapeOf(Deno.stdout)),
  );
  return EXIT_CODES[result.result];
}

/** Resolves to the first verdict that ends the wait, or to the last one before the signal aborted. */
async function follow(
  reader: BucketReader,
  view: FleetView,
  images: readonly string[] | undefined,
): Promise<WaitVerdict> {
  const { store, clock } = reader;
  const wake = new Wake();
  const done = new AbortController();
  const signal = AbortSignal.any([reader.signal, done.signal]);
  const tasks = new TaskGroup(signal);
  let verdict = UNREAD;
  const only = images && new Set(images);
  const changed = () => wake.call("changed");
  const why = new Map<string, WhyValue>();
  tasks.start((signal) => followFleet(store, view, { signal, only, changed }));
  if (images) tasks.start((signal) => followReasons(images, why, store, { signal, changed }));
  tasks.start(async (signal) => {
    let toldMs = clock.monotonicMs() - TIMES.toldMs + TIMES.firstMs;
    let told = "";
    let uselessSinceMs = Infinity;
    while (!signal.aborted) {
      await wake.next({ ...TIMES, signal, idleMs: TIMES.againMs });
      if (signal.aborted) return;
      const startedMs = clock.monotonicMs();
      const obstacle = whyNot(reader, view);
      if (obstacle === undefined) {
        const { fleet, wanted, meta } = view;
        verdict = waitVerdict({
          ...{ fleet, wanted, images, why },
          rules: meta?.rules,
          now: momentOf(clock),
        });
        const isUseless = verdict.result === "useless";
        uselessSinceMs = isUseless ? Math.min(uselessSinceMs, startedMs) : Infinity;
        if (verdict.result === "warm" || startedMs - uselessSinceMs >= STANDS_MS) {
          return done.abort();
        }
      }
      const line = obstacle === undefined ? waitingLine(verdict) : `Waits: ${obstacle}`;
      if (line !== told && startedMs - toldMs >= TIMES.toldMs) {
        print(Deno.stderr, line);
        [told, toldMs] = [line, startedMs];
      }
      await pause((clock.monotonicMs() - startedMs) / SHARE, signal);
    }
  });
  await tasks.ended();
  return verdict;
}

/** Why nothing can be judged now; undefined: the bucket has been read. */
function whyNot({ fault }: BucketReader, view: FleetView): string | undefined {
  return fault() ?? (view.synced ? faultOf(view) : "the bucket is being read");
}
