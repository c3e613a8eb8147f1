import { assertEquals } from "@std/assert";
import type { FleetSummary } from "../../../mod/pure/fleet/fleet_summary.ts";
import type { StatusView } from "../../../mod/pure/fleet/status_view.ts";
import { summaryLines } from "../../../mod/pure/fleet/summary_text.ts";

const AT = "2026-11-27T10:00:00.000Z";
const COUNTS = {
  wanted: 8,
  warm: 7,
  pulling: 1,
  waiting: 0,
  failed: 0,
  skipped: 0,
  other: 0,
};

Deno.test("a fleet is counted in one line, and is all warm only where nothing is lacking", () => {
  assertEquals(linesOf({}), ["2 nodes, 4 wanted images: 7 of 8 warm (88 %), 1 pulling"]);
  const nearly = { counts: { ...COUNTS, wanted: 10_000, warm: 9_999 }, warmShare: 0.9999 };
  assertEquals(linesOf(nearly), ["2 nodes, 4 wanted images: 9999 of 10000 warm (99 %), 1 pulling"]);
});

Deno.test("what containers needed is told in words that fit its number", () => {
  const uses = { since: "2026-11-27T09:00:00.000Z", misses: 1, late: 1, unusedBytes: 5e6 };
  assertEquals(
    linesOf({ uses: { ...uses, firstUses: 1 } })[1],
    [
      "Containers needed 2 images in the last 60 min: 1 was warm, 1 was not (1 on their way);",
      "5.0 MB warm and not used",
    ].join(" "),
  );
  assertEquals(
    linesOf({ uses: { ...uses, firstUses: 0, misses: 0, late: 0 } })[1],
    "No container needed an image in the last 60 min; 5.0 MB warm and not used",
  );
});

function linesOf(summary: Partial<FleetSummary>): string[] {
  const status: StatusView = {
    v: 1,
    at: AT,
    bucket: { unreadable: 0 },
    nodes: [],
    images: [],
    summary: {
      nodes: 2,
      agents: { fresh: 2, stale: 0, missing: 0 },
      images: 4,
      counts: COUNTS,
      warmShare: 7 / 8,
      failures: [],
      pulledBytes: 0,
      ...summary,
    },
  };
  return summaryLines(status);
}
