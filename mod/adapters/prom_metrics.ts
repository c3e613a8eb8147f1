import process from "node:process";
import {
  Counter,
  type CounterConfiguration,
  Gauge,
  type GaugeConfiguration,
  Histogram,
  Registry,
} from "prom-client";
import type { MetricLabels, Metrics } from "../ports/metrics.ts";
import { type MetricEntry, type MetricName, METRICS } from "../pure/metric_table.ts";
import { VERSION } from "../pure/version.ts";

/** Metrics that can be read in Prometheus' text format. */
export interface ShownMetrics extends Metrics {
  readonly contentType: string;
  text(): Promise<string>;
}

/** Label values hold texts of other programs, so they are cut. */
const MAX_LABEL_CHARS = 100;

/**
 * The process itself, measured when it is asked for. prom-client's own collection is all or nothing,
 * and most of it speaks of Node.js or needs rights that the programs lack: Deno reads /proc/self/fd,
 * where open files are counted, only for a program that may do everything.
 */
const MEASURED: ReadonlyMap<MetricName, () => number> = new Map([
  ["process_cpu_seconds_total", cpuSeconds],
  ["process_resident_memory_bytes", () => Deno.memoryUsage().rss],
  ["process_start_time_seconds", () => performance.timeOrigin / 1000],
]);

/**
 * Makes the metrics that the table has for `program`, in a registry of their own. Measuring never
 * throws: a metric of the other program and labels that the table does not have are ignored.
 */
export function openMetrics(program: "controller" | "agent"): ShownMetrics {
  const registry = new Registry();
  const counters = new Map<MetricName, Counter>();
  const gauges = new Map<MetricName, Gauge>();
  const histograms = new Map<MetricName, Histogram>();
  for (const [name, entry] of metricsOf(program)) {
    const config = { name, help: entry.help, labelNames: [...entry.labels], registers: [registry] };
    switch (entry.type) {
      case "counter":
        counters.set(
          name,
          withZeros(new Counter({ ...config, ...measuredCounter(name) }), program, entry),
        );
        break;
      case "gauge":
        gauges.set(name, new Gauge({ ...config, ...measuredGauge(name) }));
        break;
      case "histogram":
        histograms.set(name, new Histogram({ ...config, buckets: [...entry.buckets ?? []] }));
        break;
      default:
        entry.type satisfies never;
    }
  }
  const metrics: ShownMetrics = {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    count: (name, labels, by = 1) => counters.get(name)?.inc(fitLabels(name, labels), by),
    gauge: (name, value, labels) => gauges.get(name)?.set(fitLabels(name, labels), value),
    observe: (name, value, labels) => histograms.get(name)?.observe(fitLabels(name, labels), value),
  };
  metrics.gauge("warm_images_build_info", 1, { version: VERSION, deno: Deno.version.deno });
  return metrics;
}

function metricsOf(program: "controller" | "agent"): [MetricName, MetricEntry][] {
  const names = Object.keys(METRICS) as MetricName[];
  return names
    .map((name): [MetricName, MetricEntry] => [name, METRICS[name]])
    .filter(([_, entry]) => entry.of === "both" || entry.of === program);
}

function withZeros(counter: Counter, program: "controller" | "agent", entry: MetricEntry): Counter {
  const { labels: [label], values = [] } = entry;
  const shown = "agent" in values ? values[program] : values;
  if (label !== undefined) { for (const value of shown) counter.inc({ [label]: value }, 0); }
  return counter;
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function measuredCounter(name: MetricName): Partial<CounterConfiguration<string>> {
  const measure = MEASURED.get(name);
  return measure === undefined ? {} : {
    collect() {
      this.reset();
      this.inc(measure());
    },
  };
}

function measuredGauge(name: MetricName): Partial<GaugeConfiguration<string>> {
  const measure = MEASURED.get(name);
  return measure === undefined ? {} : {
    collect() {
      this.set(measure());
    },
  };
}

function fitLabels(name: MetricName, labels: MetricLabels = {}): Record<string, string> {
  return Object.fromEntries(
    METRICS[name].labels.map((label) => [label, (labels[label] ?? "").slice(0, MAX_LABEL_CHARS)]),
  );
}
