import type { Conditions } from "../../../mod/ports/conditions.ts";
import type { LogFields, Logger } from "../../../mod/ports/logger.ts";
import type { MetricLabels, Metrics } from "../../../mod/ports/metrics.ts";
import type { MetricName } from "../../../mod/pure/metric_table.ts";
import { withoutUnset } from "../../../mod/pure/without_unset.ts";

/** One line that went to a recording logger. */
export interface RecordedLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  readonly fields: LogFields;
}

/** A logger that prints nothing and keeps every line. */
export interface RecordingLogger extends Logger {
  readonly lines: RecordedLine[];
}

/** Makes a logger that keeps its lines. */
export function recordingLogger(): RecordingLogger {
  const lines: RecordedLine[] = [];
  const record = (level: RecordedLine["level"]) => (message: string, fields: LogFields = {}) => {
    lines.push({ level, message, fields });
  };
  return {
    lines,
    debug: record("debug"),
    info: record("info"),
    warn: record("warn"),
    error: record("error"),
  };
}

/** What a condition was last set to. */
export interface RecordedCondition {
  readonly holds: boolean;
  readonly reason?: string;
}

/** Conditions that can be read back. */
export interface RecordingConditions extends Conditions {
  readonly state: Map<string, RecordedCondition>;
  readonly notes: Map<string, string>;
  /** How often `beat()` was called. */
  readonly beats: number;
}

/** Makes conditions that keep what was last set. */
export function recordingConditions(): RecordingConditions {
  const state = new Map<string, RecordedCondition>();
  const notes = new Map<string, string>();
  let beats = 0;
  return {
    state,
    notes,
    get beats() {
      return beats;
    },
    set(name, holds, reason) {
      state.set(name, withoutUnset({ holds, reason }));
    },
    note(name, text) {
      if (text === undefined) notes.delete(name);
      else notes.set(name, text);
    },
    beat() {
      beats++;
    },
  };
}

/** Metrics that can be read back. */
export interface RecordingMetrics extends Metrics {
  /** Sum of a counter, or number of observations of a histogram; over all labels when none are given. */
  total(name: MetricName, labels?: MetricLabels): number;
  /** The labels with which a counter was counted, be it by 0. */
  labels(name: MetricName): MetricLabels[];
  /** Last value of a gauge with exactly these labels, or the last observation of a histogram. */
  value(name: MetricName, labels?: MetricLabels): number | undefined;
}

/** Makes metrics that keep what was counted. */
export function recordingMetrics(): RecordingMetrics {
  const sums = new Map<MetricName, Map<string, number>>();
  const values = new Map<string, number>();
  const add = (name: MetricName, labels: MetricLabels, by: number) => {
    const byLabels = sums.get(name) ?? new Map<string, number>();
    byLabels.set(labelKey(labels), (byLabels.get(labelKey(labels)) ?? 0) + by);
    sums.set(name, byLabels);
  };
  return {
    count(name, labels = {}, by = 1) {
      add(name, labels, by);
    },
    gauge(name, value, labels = {}) {
      values.set(name + labelKey(labels), value);
    },
    observe(name, value, labels = {}) {
      add(name, labels, 1);
      values.set(name + labelKey(labels), value);
    },
    total(name, labels) {
      const byLabels = sums.get(name) ?? new Map<string, number>();
      if (labels) return byLabels.get(labelKey(labels)) ?? 0;
      return [...byLabels.values()].reduce((sum, value) => sum + value, 0);
    },
    labels: (name) =>
      [...sums.get(name)?.keys() ?? []].map((key) => Object.fromEntries(JSON.parse(key))),
    value(name, labels = {}) {
      return values.get(name + labelKey(labels));
    },
  };
}

/** A logger, conditions and metrics that a test can read back. */
export interface Recordings {
  readonly logger: RecordingLogger;
  readonly conditions: RecordingConditions;
  readonly metrics: RecordingMetrics;
}

/** Makes all three. */
export function recordings(): Recordings {
  return {
    logger: recordingLogger(),
    conditions: recordingConditions(),
    metrics: recordingMetrics(),
  };
}

function labelKey(labels: MetricLabels): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}
