import { generatedLayer } from "../../harness/servers/stored_blob.ts";
import { storedImage } from "../../harness/servers/stored_image.ts";
import { printProgress } from "../../harness/print.ts";
import { startScriptedRegistry } from "../../harness/servers/scripted_registry.ts";
import { type Figure, median } from "../figure.ts";
import { type PullSite, startPullSite, withoutTls } from "./pull_site.ts";

const MB = 1_000_000;

/** Of a registry that holds back each connection, as those of clouds do. */
const BRAKE = 20 * MB;

/** Megabytes, the brake, how much of bare ctr's time it may take, and how often it is tried. */
const CASES = [[1000, BRAKE, 0.17, 1], [3000, BRAKE, 0.17, 1], [1000, undefined, 1.1, 3]] as const;

/** One layer, ours against bare `ctr images pull`, held back per connection and not. */
export async function largeLayers(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const version of ["1.7", "2.3"] as const) {
    await using pulls = await startPullSite(version);
    for (const [megabytes, brake, target, rounds] of CASES) {
      figures.push(await compare(pulls, { megabytes, brake, target, rounds }));
    }
  }
  return figures;
}

async function compare(
  pulls: PullSite,
  { megabytes, brake, target, rounds }: {
    readonly megabytes: number;
    /** Bytes a second of each connection; undefined: none. */
    readonly brake: number | undefined;
    readonly target: number;
    readonly rounds: number;
  },
): Promise<Figure> {
  await using registry = await startScriptedRegistry(
    brake === undefined ? {} : { bytesPerSecond: brake },
  );
  await withoutTls(pulls, registry);
  const layer = generatedLayer({ name: `large-${megabytes}`, bytes: megabytes * MB });
  registry.add("large:1", storedImage("large", [layer]));
  const reference = `${registry.host}/large:1`;
  const { version } = pulls.site.containerd;
  const held = brake === undefined ? "not held back" : `${brake / MB} MB/s per connection`;
  const times: { readonly bare: number; readonly ours: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    const bare = await pulls.bare([reference]);
    const ours = await pulls.ours([reference]);
    times.push({ bare, ours });
    printProgress(
      `containerd ${version}, ${megabytes} MB, ${held}: ctr ${bare} ms, ours ${ours} ms`,
    );
  }
  const ratio = median(times.map(({ bare, ours }) => ours / bare));
  return {
    what: `one layer of ${megabytes} MB, ${held}, ours : bare ctr, containerd ${version}`,
    target: `${target} ×`,
    measured: `${ratio.toFixed(2)} × (${seconds(median(times.map(({ ours }) => ours)))} : ${
      seconds(median(times.map(({ bare }) => bare)))
    })`,
    met: ratio <= target,
  };
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
