import { assert, assertEquals, assertMatch } from "@std/assert";
import { METRICS } from "../../mod/pure/metric_table.ts";
import { ALERT_CASES } from "./alert_cases.ts";
import { alertRules, dashboard, dashboardQueries, metricsIn } from "./monitoring.ts";
import { at } from "./chart.ts";

const PANELS = dashboard().panels;

Deno.test("dashboard and alerts name metrics that the programs have, and no others", () => {
  const queries = [...dashboardQueries(), ...alertRules()];
  const unknown = queries.flatMap(({ expr }) => metricsIn(expr)).filter((name) =>
    !Object.hasOwn(METRICS, name)
  );
  assertEquals([...new Set(unknown)], []);
});

Deno.test("every panel says what it shows, in which unit, from the data source that is chosen", () => {
  for (const { type, title, description, datasource, targets, fieldConfig } of PANELS) {
    if (type === "row") continue;
    assert(description, title);
    assertEquals(datasource?.uid, "${datasource}", title);
    assert(targets?.length, title);
    assert(fieldConfig?.defaults.unit, title);
  }
  const sources = dashboard().templating.list.filter(({ type }) => type === "datasource");
  assertEquals(sources.map(({ name, query }) => [name, query]), [["datasource", "prometheus"]]);
});

Deno.test("panels have each a number of their own, and do not lie on one another", () => {
  assertEquals(new Set(PANELS.map(({ id }) => id)).size, PANELS.length);
  const taken = new Map<string, string>();
  for (const { title, gridPos: { x, y, w, h } } of PANELS) {
    assert(x + w <= 24, title);
    for (let column = x; column < x + w; column++) {
      for (let line = y; line < y + h; line++) {
        assertEquals(taken.get(`${column} ${line}`), undefined, title);
        taken.set(`${column} ${line}`, title);
      }
    }
  }
});

Deno.test("the dashboard has the rows that operators look for, of panels that Grafana 10 to 12 have", () => {
  const rows = PANELS.filter(({ type }) => type === "row").map(({ title }) => title);
  assertEquals(rows, ["Overview", "Nodes", "New nodes", "Registries", "Benefit"]);
  const types = new Set(PANELS.map(({ type }) => type));
  assertEquals([...types].sort(), ["row", "stat", "table", "timeseries"]);
  // Version 39 is Grafana 10.4's: later ones migrate it, earlier ones of 10 know all that is used.
  assertEquals(dashboard().schemaVersion, 39);
});

Deno.test("each alert says in words what is wrong and what to do", () => {
  for (const { alert, labels, annotations } of alertRules()) {
    assertMatch(labels["severity"] ?? "", /^(info|warning)$/, alert);
    assert(annotations["summary"], alert);
    assertMatch(annotations["description"] ?? "", /kubectl (exec )?--namespace warm-images/, alert);
    assertMatch(annotations["runbook_url"] ?? "", /chart\/README\.md#alerts$/, alert);
  }
});

Deno.test("each alert fires in one case and has one in which it nearly does", () => {
  for (const { alert } of alertRules()) {
    const firing = ALERT_CASES.filter(({ fires }) => fires.some(([name]) => name === alert));
    assert(firing.length > 0 && firing.length < ALERT_CASES.length, alert);
  }
});

Deno.test("the schema knows the names of all alerts", async () => {
  const schema = JSON.parse(
    await Deno.readTextFile(new URL("../../chart/values.schema.json", import.meta.url)),
  );
  const names = at(schema, "properties.prometheusRule.properties.disabled.items.enum");
  assertEquals(names, alertRules().map(({ alert }) => alert));
});
