import { assert, assertEquals, assertMatch } from "@std/assert";
import { runCommand } from "../harness/commands.ts";
import { realTest, reasonToSkip } from "../harness/servers/skipping.ts";
import { obtainTool } from "../harness/tools/tools.ts";
import { ALERT_CASES, type AlertCase, WELL } from "./alert_cases.ts";
import {
  at,
  CHART,
  type ChartObject,
  helm,
  readObjects,
  render,
  Rendered,
  tryToRender,
} from "./chart.ts";
import { ALERTS_FILE, dashboard, rulesIn } from "./monitoring.ts";

const skip = await reasonToSkip("helm");
const skipRules = await reasonToSkip("helm", "promtool");

realTest("neither dashboard nor alerts come unless they are asked for", skip, async () => {
  const names = (await render()).names();
  assertEquals(names.filter((name) => /^PrometheusRule|dashboard/.test(name)), []);
});

realTest("the dashboard comes with the label that Grafana's sidecar looks for", skip, async () => {
  const map = (await render({ set: ["dashboards.enabled=true"] })).only("ConfigMap", "-dashboard");
  assertEquals(label(map, "grafana_dashboard"), "1");
  assertEquals(map.metadata.namespace, "warm-images");
  const data = map["data"] as Record<string, string>;
  assertEquals(JSON.parse(data["warm-images.json"] ?? ""), dashboard());
});

realTest("label, folder and namespace of the dashboard can be others", skip, async () => {
  const rendered = await render({
    set: [
      "dashboards.enabled=true",
      "dashboards.labels.grafana_dashboard=null",
      "dashboards.annotations.grafana_folder=Nodes",
      "dashboards.namespace=monitoring",
    ],
    setText: ["dashboards.labels.dash=yes"],
  });
  const map = rendered.only("ConfigMap", "-dashboard");
  assertEquals([label(map, "grafana_dashboard"), label(map, "dash")], [undefined, "yes"]);
  assertEquals(at(map, "metadata.annotations"), { grafana_folder: "Nodes" });
  assertEquals(map.metadata.namespace, "monitoring");
});

realTest("commands in alerts name the release as it is called", skip, async () => {
  const rule = (await render({ release: "keeper", set: ["prometheusRule.enabled=true"] }))
    .only("PrometheusRule");
  for (const { alert, annotations: { description = "" } } of rulesIn(rule["spec"])) {
    assert(!description.includes("wi-warm-images"), alert);
    for (const [, name] of description.matchAll(/deploy\/(\S+)/g)) {
      assertEquals(name, "keeper-warm-images-controller", alert);
    }
  }
  const { stdout } = await helm([
    ...["template", "wi", CHART, "--namespace", "elsewhere", "--kube-version", "1.37.0"],
    ...["--set", "fullnameOverride=other,prometheusRule.enabled=true"],
  ]);
  const text = JSON.stringify(new Rendered(readObjects(stdout)).only("PrometheusRule"));
  assertMatch(text, /exec --namespace elsewhere deploy\/other-controller -- /);
  assert(!text.includes("--namespace warm-images"));
});

realTest("alerts have further labels, and go by their names", skip, async () => {
  const names = ["WarmImagesNoRoom", "WarmImagesAgentsMissing"];
  const rendered = await render({
    set: [
      "prometheusRule.enabled=true",
      "prometheusRule.labels.release=kps",
      "prometheusRule.alertLabels.severity=page",
      "prometheusRule.alertLabels.team=platform",
      `prometheusRule.disabled={${names}}`,
    ],
  });
  const rule = rendered.only("PrometheusRule");
  assertEquals(label(rule, "release"), "kps");
  const rules = rulesIn(rule["spec"]);
  assert(rules.length > 0);
  for (const { alert, labels } of rules) {
    assertEquals(labels, { severity: "page", team: "platform" }, alert);
    assert(!names.includes(alert));
  }
});

realTest("an alert that does not exist cannot be left out", skip, async () => {
  const { code, stderr } = await tryToRender({ set: ["prometheusRule.disabled={WarmImagesX}"] });
  assertEquals(code, 1);
  assertMatch(stderr, /prometheusRule.disabled.0|prometheusRule\/disabled\/0/);
});

realTest(
  "promtool finds nothing to say of the alerts, in the file and rendered",
  skipRules,
  async () => {
    const rule = (await render({ set: ["prometheusRule.enabled=true"] })).only("PrometheusRule");
    const folder = await Deno.makeTempDir({ prefix: "warm-images-rules-" });
    try {
      await Deno.writeTextFile(`${folder}/rendered.yaml`, JSON.stringify(rule["spec"]));
      for (const file of [ALERTS_FILE, `${folder}/rendered.yaml`]) {
        const { code, stdout } = await promtool("check", "rules", file);
        assertEquals(code, 0, stdout);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

realTest("alerts fire when they should, and no others do", skipRules, async (t) => {
  const folder = await Deno.makeTempDir({ prefix: "warm-images-rules-" });
  try {
    await Deno.copyFile(ALERTS_FILE, `${folder}/alerts.yaml`);
    for (const each of ALERT_CASES) {
      await t.step(each.name, async () => {
        const file = `${folder}/case.yaml`;
        await Deno.writeTextFile(file, JSON.stringify(promtoolTest(each)));
        const { code, stderr } = await promtool("test", "rules", file);
        assertEquals(code, 0, stderr);
      });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

async function promtool(...args: string[]) {
  return await runCommand(await obtainTool("promtool"), args);
}

/** A case as promtool takes it: https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules */
function promtoolTest({ series, at: time, fires }: AlertCase) {
  const given = Object.entries({ ...WELL, ...series }).filter(([_, values]) =>
    values !== undefined
  );
  const samples = fires.map(([alertname, severity, labels = {}]) => {
    const all = Object.entries({ alertname, alertstate: "firing", severity, ...labels });
    const text = all.map(([name, value]) => `${name}="${value}"`).join(", ");
    return { labels: `ALERTS{${text}}`, value: 1 };
  });
  return {
    rule_files: ["alerts.yaml"],
    evaluation_interval: "1m",
    tests: [{
      interval: "1m",
      input_series: given.map(([name, values]) => ({ series: name, values })),
      promql_expr_test: [{
        expr: 'ALERTS{alertstate="firing"}',
        eval_time: time,
        exp_samples: samples,
      }],
    }],
  };
}

function label({ metadata }: ChartObject, name: string): string | undefined {
  return (metadata as { labels?: Record<string, string> }).labels?.[name];
}
