import { drawText } from "../adapters/terminal/draw_text.ts";
import { shapeOf } from "../adapters/terminal/screen.ts";
import { Deadline } from "../async/deadline.ts";
import { FleetView } from "../flow/fleet_view.ts";
import { orderRemoval } from "../flow/order_removal.ts";
import { print } from "../program.ts";
import { removalLine, type RemovalResult, removalText } from "../pure/fleet/removal_text.ts";
import type { ControllerSettings } from "../pure/settings/controller_settings.ts";
import { withoutUnset } from "../pure/without_unset.ts";
import { withBucketReader } from "./bucket_reader.ts";

/** How often somebody who waits is told what for, in ms. */
const TOLD_MS = 10_000;

/**
 * Orders agents to give up all kept bytes, and waits until they have; resolves to the exit code: 0, or
 * 1 when time was up. The order stays, for agents that are away, until a controller begins to lead;
 * run again, this waits for the same one.
 */
export async function removeBytes(settings: ControllerSettings): Promise<number> {
  const { output, status: { timeoutMs } } = settings;
  return await withBucketReader(settings, async (reader) => {
    const { store, clock, logger, fault } = reader;
    const view = new FleetView(clock);
    using deadline = new Deadline(timeoutMs, "agents to give up bytes", reader.signal);
    let [told, toldMs] = ["", clock.monotonicMs()];
    const verdict = await orderRemoval({ store, clock, logger, view }, {
      id: crypto.randomUUID(),
      signal: deadline.signal,
      waits(verdict) {
        const line = fault() === undefined ? removalLine(verdict) : `Waits: ${fault()}`;
        if (line === told || clock.monotonicMs() - toldMs < TOLD_MS) return;
        print(Deno.stderr, line);
        [told, toldMs] = [line, clock.monotonicMs()];
      },
    });
    reader.signal.throwIfAborted();
    const { isDone, ...counts } = verdict;
    const result: RemovalResult = withoutUnset({
      v: 1 as const,
      result: isDone ? "removed" as const : "timeout" as const,
      ...counts,
      fault: isDone ? undefined : fault(),
    });
    print(
      Deno.stdout,
      output === "json"
        ? JSON.stringify(result, null, 2)
        : drawText(removalText(result), shapeOf(Deno.stdout)),
    );
    return isDone ? 0 : 1;
  }, "always");
}
