import { drawText } from "../adapters/terminal/draw_text.ts";
import { shapeOf } from "../adapters/terminal/screen.ts";
import { readKeys } from "../flow/read_fleet.ts";
import { print } from "../program.ts";
import { benefitText } from "../pure/benefit/benefit_text.ts";
import { benefitView, decodeBenefit } from "../pure/benefit/benefit_value.ts";
import { BENEFIT_KEY } from "../pure/bucket/state_keys.ts";
import type { ControllerSettings } from "../pure/settings/controller_settings.ts";
import { BucketFaultError, type BucketReader } from "./bucket_reader.ts";

const NOT_COUNTED =
  "Nobody counts how containers start: the controller does it where its --kinds " +
  "name Event (Helm: kinds), beside auto";

/** Prints what starts of containers waited, and what they were saved; resolves to the exit code. */
export async function showBenefit(
  { store, signal }: BucketReader,
  { output }: ControllerSettings,
): Promise<number> {
  const text = (await readKeys([BENEFIT_KEY], store, { signal })).get(BENEFIT_KEY);
  if (text === undefined) throw new BucketFaultError(NOT_COUNTED);
  const decoded = decodeBenefit(text);
  if ("fault" in decoded) {
    throw new BucketFaultError(`What starts waited cannot be read: ${decoded.fault}`);
  }
  const view = benefitView(decoded.value);
  print(
    Deno.stdout,
    output === "json"
      ? JSON.stringify({ v: 1, ...view }, null, 2)
      : drawText(benefitText(view), shapeOf(Deno.stdout)),
  );
  return 0;
}
