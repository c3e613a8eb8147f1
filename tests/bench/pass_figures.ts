import { desiredState, diffState, MadeEntries } from "../../mod/pure/bucket/desired_state.ts";
import type { MetaValue } from "../../mod/pure/bucket/wire.ts";
import type { Observed } from "../../mod/pure/objects/observed.ts";
import { seenObjects } from "../../mod/pure/wants/seen_objects.ts";
import { WantsFold } from "../../mod/pure/wants/wants_fold.ts";
import { settledNodes } from "../../mod/pure/placement/settled_nodes.ts";
import { startupTaintMatcher } from "../../mod/pure/placement/startup_taints.ts";
import { KindChoice } from "../../mod/pure/objects/kind_choice.ts";
import { type Figure, median, spread } from "./figure.ts";
import { PassCluster } from "./pass_cluster.ts";
import { SAMPLE_RULES } from "../harness/fakes/sample_values.ts";

const SIZE = {
  workloads: 20_000,
  nodes: 5_000,
  placements: 1_000,
  images: 6_000,
  revisions: 3,
  differing: 10,
};
const ROUNDS = 15;
const WALL_MS = Date.UTC(2026, 0, 2);
const META: MetaValue = { v: 1, source: "kubernetes", writer: "bench", since: "2026-01-01" };

/** What a pass of the controller takes, from the records of its source to what it would write. */
export function passFigures(): Promise<Figure[]> {
  const cluster = new PassCluster(SIZE);
  const { names } = new KindChoice(["auto"]);
  const isStartupTaint = startupTaintMatcher([]);
  const full: number[] = [];
  const oneEvent: number[] = [];
  let nodes = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const fold = new WantsFold(SAMPLE_RULES, 3_600_000);
    const held = new Map<string, string>();
    const made = new MadeEntries();
    const pass = (records: readonly Observed[]) => {
      const startedMs = performance.now();
      const seen = seenObjects(records);
      const set = fold.fold({
        kinds: names,
        seen,
        nowMs: startedMs,
        wallMs: WALL_MS,
      });
      const settled = settledNodes(seen.nodes, {
        isStartupTaint,
        nowWallMs: WALL_MS,
      });
      const state = { set, nodes: settled, meta: META, sizes: new Map<string, number>() };
      const { values } = desiredState(state, made);
      const { puts } = diffState(values, held);
      const tookMs = performance.now() - startedMs;
      for (const [key, value] of puts) held.set(key, value);
      nodes = seen.nodes.length;
      return { tookMs, puts: puts.size };
    };
    full.push(pass(cluster.records).tookMs);
    oneEvent.push(pass(cluster.changed(round * 7)).tookMs);
  }
  const what = `${SIZE.workloads} workloads, ${nodes} nodes, ${SIZE.placements} placements`;
  return Promise.resolve([
    {
      what: `${what}: first pass, p50`,
      target: "250 ms",
      measured: spread(full, "ms"),
      met: median(full) <= 250,
    },
    {
      what: "the same: a pass after one event, p50",
      target: "50 ms",
      measured: spread(oneEvent, "ms"),
      met: median(oneEvent) <= 50,
    },
  ]);
}
