import type { MetricName } from "../pure/metric_table.ts";

/** Label values of one measurement, by the label names of the metric's table entry. */
export type MetricLabels = Readonly<Record<string, string>>;

/** Where flow and adapters measure. `pure/metric_table.ts` declares all metrics. */
export interface Metrics {
  /** Adds to a counter. */
  count(name: MetricName, labels?: MetricLabels, by?: number): void;
  /** Sets a gauge. */
  gauge(name: MetricName, value: number, labels?: MetricLabels): void;
  /** Records one value in a histogram, in the unit the metric's name ends with. */
  observe(name: MetricName, value: number, labels?: MetricLabels): void;
}
