import { shapeOf } from "../adapters/terminal/screen.ts";
import { painted } from "../adapters/terminal/table.ts";
import { FleetView } from "../flow/fleet_view.ts";
import {
  readBeats,
  readReasons,
  readReasonsOf,
  readReports,
  readReportsOf,
} from "../flow/read_fleet.ts";
import { print } from "../program.ts";
import type { WhyValue } from "../pure/bucket/wire.ts";
import { parseImageReference } from "../pure/images/image_reference.ts";
import { momentOf } from "../pure/moment.ts";
import type { ControllerSettings } from "../pure/settings/controller_settings.ts";
import { namedImages, nearestImages } from "../pure/why/named_images.ts";
import { unwantedImage } from "../pure/why/unwanted_image.ts";
import { whyImage, type WhyOf, whyOnNode } from "../pure/why/why_image.ts";
import { severalText, unwantedText, whyText } from "../pure/why/why_text.ts";
import { type BucketReader, withBucketReader } from "./bucket_reader.ts";
import { faultOf, warnOfUnreadable } from "./bucket_fault.ts";

/**
 * Explains why an image is wanted or not, and where; resolves to the exit code: 1 where nothing wants
 * it, it may be several, or the bucket or the node is not to be had.
 */
export async function why(settings: ControllerSettings): Promise<number> {
  return await withBucketReader(settings, (reader) => explain(settings, reader));
}

async function explain(
  { operands: [asked = ""], whyNode: node, output }: ControllerSettings,
  { store, logger, clock, signal }: BucketReader,
): Promise<number> {
  const { columns, colors } = shapeOf(Deno.stdout);
  const view = new FleetView(clock);
  await readBeats(store, view, { signal });
  const fault = faultOf(view);
  if (fault !== undefined) return refused(fault);
  const { fleet, wanted, meta } = view;
  if (node !== undefined && !fleet.nodes.has(node)) return refused(unknownNode(node, view));
  if (node === undefined) await readReports(store, view, { signal });
  else await readReportsOf([node], store, view, { signal });
  warnOfUnreadable(view, logger);

  const say = (value: object, text: string) =>
    print(Deno.stdout, output === "json" ? JSON.stringify(value, null, 2) : text);
  // Only who asks for another than the known ones may mean one that pods ask for in vain.
  const told = fleet.images.has(canonicalOf(asked))
    ? new Map<string, WhyValue>()
    : await readReasons(store, { signal });
  const withheld = [...told].filter(([, { withheld }]) => withheld).map(([image]) => image);
  const known = new Set([...fleet.images.keys(), ...withheld]);
  const found = namedImages(asked, known);
  if (found.length > 1) {
    say({ v: 1, asked, images: found }, severalText(asked, found, columns));
    return 1;
  }
  const [reference] = found;
  if (reference === undefined || !fleet.images.has(reference)) {
    const why = reference === undefined ? undefined : told.get(reference);
    const unwanted = unwantedImage(asked, { known, rules: meta?.rules, image: reference, why });
    say(unwanted, unwantedText(unwanted, columns));
    return 1;
  }
  const now = momentOf(clock);
  const reasons = told.get(reference) ?? await readReasonsOf(reference, store, { signal });
  const of: WhyOf = { fleet, wanted, why: reasons, rules: meta?.rules, now };
  const explained = node === undefined
    ? whyImage(reference, of)
    : whyOnNode(reference, node, of) ?? whyImage(reference, of);
  say(
    explained,
    whyText(explained, {
      columns,
      wallMs: now.wallMs,
      paint: (text, tone) => painted(text, tone, colors),
    }),
  );
  return explained.isWanted ? 0 : 1;
}

function canonicalOf(asked: string): string {
  const parsed = parseImageReference(asked.trim());
  return "reference" in parsed ? parsed.reference.canonical : asked;
}

function unknownNode(node: string, { fleet }: FleetView): string {
  const nearest = nearestImages(node, fleet.nodes.keys());
  const hint = nearest.length === 0 ? "" : `; the nearest: ${nearest.join(", ")}`;
  return `There is no node "${node}"${hint}`;
}

function refused(text: string): number {
  print(Deno.stderr, text);
  return 1;
}
