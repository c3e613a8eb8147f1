import { parse } from "yaml";
import { CHART } from "./chart.ts";

/** The file of alerts, as promtool reads it. */
export const ALERTS_FILE = `${CHART}/alerts/warm-images.yaml`;
/** The dashboard, as Grafana reads it. */
export const DASHBOARD_FILE = `${CHART}/dashboards/warm-images.json`;

/** One rule of a group. */
export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** What of a panel is looked at. */
export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly uid: string };
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly targets?: readonly { readonly refId: string; readonly expr: string }[];
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
}

/** What of a dashboard is looked at. */
export interface Dashboard {
  readonly uid: string;
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly {
      readonly name: string;
      readonly type: string;
      readonly query: unknown;
    }[];
  };
}

/** All alerts, in the order of the file. */
export function alertRules(): AlertRule[] {
  return rulesIn(parse(Deno.readTextFileSync(ALERTS_FILE)));
}

/** The alerts in groups, as the file and a PrometheusRule's `spec` have them. */
export function rulesIn(value: unknown): AlertRule[] {
  const { groups } = value as { groups: { rules: AlertRule[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

/** The dashboard. */
export function dashboard(): Dashboard {
  return JSON.parse(Deno.readTextFileSync(DASHBOARD_FILE));
}

/** Each query of the dashboard, with the panel that it is of. */
export function dashboardQueries(): { readonly panel: string; readonly expr: string }[] {
  return dashboard().panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ panel: title, expr }))
  );
}

/** A query as Grafana sends it, with nothing chosen and a short time shown. */
export function withVariables(expr: string): string {
  return expr.replaceAll("$__rate_interval", "1m").replaceAll("$__range", "1m")
    .replaceAll(/\$(cluster|node)\b/g, ".*");
}

/** The metrics of ours that a query names, without the endings that a histogram's series have. */
export function metricsIn(expr: string): string[] {
  const names = expr.match(/\b(warm_images|process)_\w+/g) ?? [];
  return [...new Set(names.map((name) => name.replace(/_(bucket|sum|count)$/, "")))];
}
