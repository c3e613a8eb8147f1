import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { openMetrics } from "../../mod/adapters/prom_metrics.ts";
import { METRICS } from "../../mod/pure/metric_table.ts";

for (const program of ["controller", "agent"] as const) {
  Deno.test(`the ${program} shows every metric the table has for it, and no other`, async () => {
    const text = await openMetrics(program).text();
    const shown = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map((
      [_, name, type],
    ) => [name, type]);
    const expected = Object.entries(METRICS)
      .filter(([_, entry]) => entry.of === "both" || entry.of === program)
      .map(([name, entry]) => [name, entry.type]);
    assertEquals(shown, expected);
  });
}

Deno.test("build info says what runs", async () => {
  const text = await openMetrics("agent").text();
  assertMatch(text, /^warm_images_build_info\{version="\d+\.\d+\.\d+",deno="[^"]+"\} 1$/m);
});

Deno.test("counters add up per label, gauges keep the last value, histograms count", async () => {
  const metrics = openMetrics("agent");
  metrics.count("warm_images_pulls_total", { result: "pulled" });
  metrics.count("warm_images_pulls_total", { result: "pulled" }, 2);
  metrics.gauge("warm_images_waiting", 5);
  metrics.gauge("warm_images_waiting", 4);
  metrics.observe("warm_images_pull_seconds", 0.3);
  const text = await metrics.text();
  assertStringIncludes(text, 'warm_images_pulls_total{result="pulled"} 3\n');
  assertStringIncludes(text, "warm_images_waiting 4\n");
  assertStringIncludes(text, 'warm_images_pull_seconds_bucket{le="0.25"} 0\n');
  assertStringIncludes(text, 'warm_images_pull_seconds_bucket{le="0.5"} 1\n');
});

Deno.test("a counter is there before it counts, with each value of its label", async () => {
  const text = await openMetrics("agent").text();
  for (const result of ["pulled", "cancelled", "network", "not_found"]) {
    assertStringIncludes(text, `warm_images_pulls_total{result="${result}"} 0\n`);
  }
  assertStringIncludes(text, 'warm_images_store_writes_total{result="failed"} 0\n');
});

Deno.test("a measurement that the table does not know harms nothing", async () => {
  const metrics = openMetrics("agent");
  metrics.gauge("warm_images_leading", 1);
  metrics.count("warm_images_pulls_total", { other: "x" });
  metrics.gauge("warm_images_failed", 1, { reason: "x".repeat(1000) });
  const text = await metrics.text();
  assertEquals(text.includes("warm_images_leading"), false);
  assertStringIncludes(text, 'warm_images_pulls_total{result=""} 1\n');
  assertStringIncludes(text, `reason="${"x".repeat(100)}"`);
});

Deno.test("two programs in one process count apart", async () => {
  const one = openMetrics("agent");
  const other = openMetrics("agent");
  one.gauge("warm_images_node_wanted", 7);
  assertStringIncludes(await other.text(), "warm_images_node_wanted 0\n");
});

Deno.test("the content type is Prometheus' text format", () => {
  assertStringIncludes(openMetrics("controller").contentType, "text/plain; version=0.0.4");
});
