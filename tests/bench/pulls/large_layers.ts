import { generatedLayer } from "../../harness/servers/stored_blob.ts";
import { storedImage } from "../../harness/servers/stored_image.ts";
import { printProgress } from "../../harness/print.ts";
import { startScriptedRegistry } from "../../harness/servers/scripted_registry.ts";
import type { Figure } from "../figure.ts";
import { type PullSite, startPullSite, withoutTls } from "./pull_site.ts";

const MB = 1_000_000;

/** Of a registry that holds back each connection, as those of clouds do. */
const BRAKE = 20 * MB;

/** Megabytes, the brake, and how much of bare ctr's time it may take. */
const CASES = [[1000, BRAKE, 0.17], [3000, BRAKE, 0.17], [1000, undefined, 1.1]] as const;

/** One layer, ours against bare `ctr images pull`, held back per connection and not. */
export async function largeLayers(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const version of ["1.7", "2.3"] as const) {
    await using pulls = await startPullSite(version);
    for (const [megabytes, brake, target] of CASES) {
      figures.push({ ...await compare(pulls, megabytes, brake, target) });
    }
  }
  return figures;
}

async function compare(
  pulls: PullSite,
  megabytes: number,
  brake: number | undefined,
  target: number,
): Promise<Figure> {
  await using registry = await startScriptedRegistry(
    brake === undefined ? {} : { bytesPerSecond: brake },
  );
  await withoutTls(pulls, registry);
  const layer = generatedLayer({ name: `large-${megabytes}`, bytes: megabytes * MB });
  registry.add("large:1", storedImage("large", [layer]));
  const reference = `${registry.host}/large:1`;
  const bare = await pulls.bare([reference]);
  const ours = await pulls.ours([reference]);
  const { version } = pulls.site.containerd;
  const held = brake === undefined ? "not held back" : `${brake / MB} MB/s per connection`;
  printProgress(`containerd ${version}, ${megabytes} MB, ${held}: ctr ${bare} ms, ours ${ours} ms`);
  return {
    what: `one layer of ${megabytes} MB, ${held}, ours : bare ctr, containerd ${version}`,
    target: `${target} ×`,
    measured: `${(ours / bare).toFixed(2)} × (${seconds(ours)} : ${seconds(bare)})`,
    met: ours / bare <= target,
  };
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
