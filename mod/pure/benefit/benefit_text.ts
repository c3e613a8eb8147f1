import { durationText } from "../duration_text.ts";
import { type TextTable, withoutEmptyColumns } from "../text_table.ts";
import { visibleText } from "../visible_text.ts";
import type { BenefitView, StartSums } from "./benefit_value.ts";

/** Puts what containers waited, and did not wait, into words. */
export function benefitText(view: BenefitView): (string | TextTable)[] {
  const { since, until, total, byNamespace, rest, costliest } = view;
  const { gpuSeconds = 0 } = total;
  const gpu = gpuSeconds > 0 ? `, ${secondsText(gpuSeconds)} of it on nodes with GPUs` : "";
  const others = rest === undefined ? [] : [{ namespace: "(others)", ...rest }];
  return [
    `From ${timeText(since)} to ${timeText(until)}: ${total.warm} of ${total.warm + total.cold} ` +
    `containers found their image there; ${secondsText(total.savedSeconds)} saved${gpu}`,
    startsTable([...byNamespace, ...others]),
    ...(costliest.length === 0 ? [] : ["Images waited for longest", {
      heads: ["image", "cold starts", "waited"],
      kinds: ["name", "whole", "whole"] as const,
      cells: costliest.map(({ image, starts, waitedSeconds }) => [
        visibleText(image),
        String(starts),
        secondsText(waitedSeconds),
      ]),
    }]),
  ];
}

function startsTable(rows: readonly (StartSums & { readonly namespace: string })[]): TextTable {
  return withoutEmptyColumns({
    heads: ["namespace", "warm", "cold", "waited", "saved"],
    kinds: ["name", "whole", "whole", "whole", "whole"],
    cells: rows.map(({ namespace, warm, cold, waitedSeconds, savedSeconds }) => [
      visibleText(namespace),
      String(warm),
      String(cold),
      secondsText(waitedSeconds),
      secondsText(savedSeconds),
    ]),
  });
}

const secondsText = (seconds: number): string => durationText(seconds * 1000);

/** To the minute, in UTC; what is no time is shown as it is. */
function timeText(time: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return visibleText(time);
  return `${date.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
