import { Fleet } from "../../mod/pure/fleet/fleet.ts";
import { lackedImages } from "../../mod/pure/sealed_logins/lacked_images.ts";
import { lackedHere, type PrivateImage } from "../../mod/pure/sealed_logins/login_wishes.ts";
import { sampleNode } from "../harness/fakes/sample_values.ts";
import { type Figure, median, spread } from "./figure.ts";

const NODES = 5_000;
const IMAGES = 300;
const ROUNDS = 9;
const SINCE = "2026-01-01T00:00:00Z";

/** What it takes to see which nodes of a large cluster need which logins. */
export function loginFigures(): Promise<Figure[]> {
  const images = Array.from({ length: IMAGES }, (_, at): PrivateImage => ({
    reference: `reg.example.com/team-${at % 50}/app-${at}:1`,
    priority: at % 7,
    placements: [],
    private: [{
      mode: "bytes",
      secrets: [{ namespace: `team-${at % 50}`, name: "regcred" }],
      placements: [{ nodeSelector: { zone: `${at % 3}` } }],
    }],
  }));
  const nodes = Array.from(
    { length: NODES },
    (_, at) => sampleNode(`node-${at}`, { labels: { zone: `${at % 3}` } }),
  );
  const references = new Set(images.map(({ reference }) => reference));
  const look = (fleet: Fleet) => {
    const startedMs = performance.now();
    let count = 0;
    for (const node of nodes) {
      const known = fleet.nodes.get(node.name);
      if (known === undefined) continue;
      count += lackedHere(images, node, lackedImages(known, references)).length;
    }
    return { tookMs: performance.now() - startedMs, count };
  };
  const what = `which of ${NODES} nodes need which of ${IMAGES} logins`;
  return Promise.resolve(
    (["warm", "waiting"] as const).map((state) => {
      const fleet = fleetOf(nodes.map(({ name }) => name), [...references], state);
      const looks = Array.from({ length: ROUNDS }, () => look(fleet));
      const took = looks.map(({ tookMs }) => tookMs);
      const target = state === "warm" ? 500 : 2_000;
      return {
        what: `${what}, all ${state}: ${looks[0]?.count} logins, p50`,
        target: `${target} ms`,
        measured: spread(took, "ms"),
        met: median(took) <= target,
      };
    }),
  );
}

function fleetOf(nodes: readonly string[], references: readonly string[], state: string): Fleet {
  const fleet = new Fleet();
  const images = Object.fromEntries(references.map((name) => [name, { state, since: SINCE }]));
  for (const node of nodes) {
    fleet.putReport({ v: 1, node, agent: "bench", at: SINCE, images }, 0);
  }
  return fleet;
}
