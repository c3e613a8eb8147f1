import { assertEquals } from "@std/assert";
import { type MetricName, METRICS } from "../../mod/pure/metric_table.ts";
import {
  alertRules,
  ALERTS_FILE,
  dashboardQueries,
  metricsIn,
  withVariables,
} from "./monitoring.ts";
import { pushImage } from "../harness/images/images.ts";
import { startPrometheus } from "../harness/servers/prometheus.ts";
import { startSite } from "../harness/servers/site.ts";
import { realTest, reasonToSkip } from "../harness/servers/skipping.ts";
import { waitUntil } from "../harness/wait.ts";

const reason = await reasonToSkip(
  ...["root", "nats-server", "docker-registry", "containerd-1.7", "prometheus"] as const,
);

realTest("a Prometheus has data for all of the dashboard and the alerts", reason, async (t) => {
  await using site = await startSite();
  const { reference } = await pushImage(site.registry, {
    repository: "app",
    tag: "1",
    layers: [{ name: "app", bytes: 1024 }],
  });
  await site.deploy("web", reference, `${site.registry.host}/absent:1`);
  const [agent, controller] = await Promise.all([site.agent(), site.controller()]);
  const target = ({ health }: { readonly health: string }, labels: Record<string, string>) => ({
    address: new URL(health).host,
    labels: { namespace: "warm-images", ...labels },
  });
  await using prometheus = await startPrometheus({
    targets: [
      target(agent, { pod: "agent-a", node: "node-a" }),
      target(controller, { pod: "controller-a", node: "node-b" }),
    ],
    ruleFiles: [ALERTS_FILE],
  });
  const hasData = async (expr: string) => (await prometheus.query(expr)).length > 0;
  await waitUntil("the image is warm", () => hasData("sum(warm_images_warm) == 1"));
  await waitUntil("the other failed", () => hasData("sum(warm_images_failed) == 1"));

  await t.step("every query of the dashboard gives data", async () => {
    const queries = dashboardQueries();
    const without = () =>
      filtered(queries, async ({ expr }) => !await hasData(withVariables(expr)));
    await waitUntil("all have data", async () => (await without()).length === 0, PATIENCE)
      .catch(() => {}); // what has none is named instead
    assertEquals(await without(), []);
  });

  await t.step("every metric that a query or an alert names is scraped", async () => {
    const named = [...dashboardQueries(), ...alertRules()].flatMap(({ expr }) => metricsIn(expr));
    const series = (name: string) =>
      METRICS[name as MetricName]?.type === "histogram" ? `${name}_bucket` : name;
    const without = (name: string) => hasData(series(name)).then((has) => !has);
    assertEquals(await filtered([...new Set(named)], without), []);
  });

  await t.step("every alert is evaluated, and none has a reason here", async () => {
    const evaluated = async () => (await prometheus.ruleFaults()).length === 0;
    await waitUntil("all were evaluated", evaluated);
    for (const { alert, expr } of alertRules()) {
      assertEquals(await prometheus.query(expr), [], alert);
    }
  });

  await t.step("lost programs are told by name of what they miss", async () => {
    await site.nats.stop();
    const lost = alertRules().find(({ alert }) => alert === "WarmImagesNatsLost")?.expr ?? "";
    await waitUntil(
      "both programs miss NATS",
      async () => (await prometheus.query(lost))[0]?.value === "2",
    );
  });
});

/** For what comes with the next scrapes. */
const PATIENCE = { everyMs: 500 };

/** Those of which it holds, asked one after the other. */
async function filtered<T>(
  items: readonly T[],
  holds: (item: T) => Promise<boolean>,
): Promise<T[]> {
  const found: T[] = [];
  for (const item of items) if (await holds(item)) found.push(item);
  return found;
}
