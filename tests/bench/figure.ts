import Table from "cli-table3";
import { type CompiledPair, compilePair } from "../harness/tools/compiled_pair.ts";
import type { Site } from "../harness/servers/site.ts";
import { ToolUnavailableError } from "../harness/tools/tools.ts";
import { printProgress } from "../harness/print.ts";

/** One line of the table that `deno task bench` prints. */
export interface Figure {
  readonly what: string;
  readonly target: string;
  readonly measured: string;
  readonly met: boolean;
}

/** Figures as a table for people. */
export function figureTable(figures: readonly Figure[]): string {
  const table = new Table({
    head: ["what", "target", "measured", "met"],
    style: { head: [], border: [] },
  });
  for (const { what, target, measured, met } of figures) {
    table.push([what, target, measured, met ? "yes" : "NO"]);
  }
  return table.toString();
}

/** Middle value; of an even number, the lower middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? NaN;
}

/** "median (min–max)" with a unit. */
export function spread(values: readonly number[], unit: string, digits = 0): string {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return `${median(values).toFixed(digits)} ${unit} (${low.toFixed(digits)}–${
    high.toFixed(digits)
  })`;
}

/** Resident memory of a process in MB (10^6 bytes), as Linux counts it. */
export function residentMegabytes(pid: number): Promise<number> {
  return statusMegabytes(pid, /VmRSS:\s+(\d+) kB/);
}

/** The most that it was so far. */
export function peakMegabytes(pid: number): Promise<number> {
  return statusMegabytes(pid, /VmHWM:\s+(\d+) kB/);
}

async function statusMegabytes(pid: number, field: RegExp): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(field.exec(status)?.[1]) * 1024 / 1e6;
}

/** Processor time a process has used so far, in seconds (Linux, 100 ticks per second). */
export async function processorSeconds(pid: number): Promise<number> {
  const fields = (await Deno.readTextFile(`/proc/${pid}/stat`)).split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** A small image with a layer of its own, of `bytes`, over layers that others share. */
export function benchImage(repository: string, tag: string, bytes: number, common: number[] = []) {
  const shared = common.map((bytes, index) => ({ name: `common-${index}`, bytes }));
  return { repository, tag, layers: [...shared, { name: `${repository}-${tag}`, bytes }] };
}

/** Compiles both programs, for a site or with these rights; from source where no runtime is to be had. */
export async function compiledOrSource(
  site: Site | Parameters<typeof compilePair>[0],
): Promise<Partial<CompiledPair> & AsyncDisposable> {
  printProgress("Compiling the programs");
  const also = "containerd" in site
    ? {
      read: [site.containerd.root, site.containerd.hostsDir],
      write: [site.relayFolder],
      run: [site.containerd.ctrPath],
    }
    : site;
  try {
    return await compilePair(also);
  } catch (error) {
    if (!(error instanceof ToolUnavailableError)) throw error;
    printProgress(`Measuring from source: ${error.message}`);
    return { [Symbol.asyncDispose]: () => Promise.resolve() };
  }
}
