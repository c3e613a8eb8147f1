import { drawText } from "../adapters/terminal/draw_text.ts";
import { shapeOf } from "../adapters/terminal/screen.ts";
import { FleetView } from "../flow/fleet_view.ts";
import { readStatus } from "../flow/read_status.ts";
import { print } from "../program.ts";
import { statusText } from "../pure/fleet/status_text.ts";
import type { ControllerSettings } from "../pure/settings/controller_settings.ts";
import { type BucketReader, withBucketReader } from "./bucket_reader.ts";
import { showBenefit } from "./status_benefit.ts";
import { nothingToShow, statusOf } from "./status_of.ts";
import { waitUntilWarm } from "./status_wait.ts";
import { watchStatus } from "./status_watch.ts";

/** Prints what is warm where; resolves to the exit code. */
export async function status(settings: ControllerSettings): Promise<number> {
  const { watch, wait, benefit } = settings.status;
  if (benefit) return await withBucketReader(settings, (reader) => showBenefit(reader, settings));
  if (wait) {
    return await withBucketReader(settings, (reader) => waitUntilWarm(reader, settings), "always");
  }
  if (watch) {
    return await withBucketReader(settings, (reader) => watchStatus(reader, settings), "once open");
  }
  return await withBucketReader(settings, (reader) => showOnce(reader, settings));
}

async function showOnce(
  { store, clock, signal }: BucketReader,
  { operands: names, output }: ControllerSettings,
): Promise<number> {
  const view = new FleetView(clock);
  await readStatus(store, view, { names, clock, signal });
  const nothing = nothingToShow(view);
  if (nothing !== undefined) {
    print(Deno.stderr, nothing);
    return 1;
  }
  const { status, notFound } = statusOf(view, { names, clock });
  for (const sentence of notFound) print(Deno.stderr, sentence);
  if (output === "json") print(Deno.stdout, JSON.stringify(status, null, 2));
  else {
    const text = statusText(status, names.length === 0);
    if (text.length > 0) print(Deno.stdout, drawText(text, shapeOf(Deno.stdout)));
  }
  return notFound.length > 0 ? 1 : 0;
}
