import { drawText } from "../adapters/terminal/draw_text.ts";
import { openScreen, shapeOf } from "../adapters/terminal/screen.ts";
import { pause } from "../async/delay.ts";
import { TaskGroup } from "../async/task_group.ts";
import { Wake } from "../async/wake.ts";
import { FleetView } from "../flow/fleet_view.ts";
import { followFleet } from "../flow/read_fleet.ts";
import { statusText } from "../pure/fleet/status_text.ts";
import { type StatusAsked, type StatusView, withoutAges } from "../pure/fleet/status_view.ts";
import type { ControllerSettings } from "../pure/settings/controller_settings.ts";
import { BucketFaultError, type BucketReader } from "./bucket_reader.ts";
import { nothingToShow, statusOf } from "./status_of.ts";

/** How long changes are gathered, in ms, and how often ages are shown anew. */
const TIMES = { quietMs: 200, maxMs: 1_000, againMs: 5_000 };

/** Drawing takes at most this part of the time: with 5,000 nodes once takes half a second. */
const SHARE = 0.2;

/** Shows it again after each change until it is told to stop: in place on a terminal, else below. */
export async function watchStatus(
  reader: BucketReader,
  settings: ControllerSettings,
): Promise<number> {
  const { store, clock, signal } = reader;
  const view = new FleetView(clock);
  const wake = new Wake();
  const tasks = new TaskGroup(signal);
  tasks.start((signal) =>
    followFleet(store, view, { signal, changed: () => wake.call("changed") })
  );
  tasks.start((signal) => showChanges({ ...reader, signal }, view, wake, settings));
  await tasks.ended();
  // Ended by a fault, not by its user.
  if (signal.reason instanceof BucketFaultError) throw signal.reason;
  return 0;
}

async function showChanges(
  { clock, signal, fault }: BucketReader,
  view: FleetView,
  wake: Wake,
  { operands: names, output }: ControllerSettings,
): Promise<void> {
  const isTerminal = Deno.stdout.isTerminal();
  using screen = openScreen(Deno.stdout);
  let shown = "";
  while (!signal.aborted) {
    await wake.next({ ...TIMES, signal, idleMs: TIMES.againMs });
    if (signal.aborted) return;
    const lost = fault();
    if (!view.synced && lost === undefined) continue;
    const startedMs = clock.monotonicMs();
    const asked = statusOf(view, { names, clock });
    const nothing = nothingToShow(view);
    const remarks = [
      ...(lost === undefined ? [] : [`Shown is what was known before: ${lost}`]),
      ...(nothing === undefined ? asked.notFound : [nothing]),
    ];
    // Ages alone are no news where each text is printed below the one before.
    const state = JSON.stringify([remarks, isTerminal ? asked.status : withoutAges(asked.status)]);
    if (state === shown) continue;
    shown = state;
    screen.show(output === "json" ? jsonOf(asked, lost) : textOf(asked.status, remarks, names));
    const tookMs = clock.monotonicMs() - startedMs;
    await pause(tookMs / SHARE, signal);
  }
}

/** One line a document. */
function jsonOf({ status }: StatusAsked, lost: string | undefined): string {
  return JSON.stringify(lost === undefined ? status : { ...status, fault: lost });
}

function textOf(
  status: StatusView,
  remarks: readonly string[],
  names: readonly string[],
): string {
  return drawText([...remarks, ...statusText(status, names.length === 0)], shapeOf(Deno.stdout));
}
