import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
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

for (const program of ["controller", "agent"] as const) {
  Deno.test(`each counter of the ${program} with one label has series from the start`, async () => {
    const text = await openMetrics(program).text();
    for (const [name, { type, of, labels }] of Object.entries(METRICS)) {
      if (type !== "counter" || (of !== "both" && of !== program) || labels.length !== 1) continue;
      assertMatch(text, new RegExp(`^${name}\\{${labels[0]}="\\w+"\\} 0$`, "m"));
    }
  });
}

Deno.test("only an agent counts connections to containerd", async () => {
  const series = async (program: "controller" | "agent") =>
    (await openMetrics(program).text()).match(/^warm_images_reconnects_total\{.*$/gm);
  const [nats, containerd] = ["nats", "containerd"].map((to) =>
    `warm_images_reconnects_total{to="${to}"} 0`
  );
  assertEquals(await series("controller"), [nats]);
  assertEquals(await series("agent"), [nats, containerd]);
});

Deno.test("what the process takes is measured anew each time", async () => {
  const metrics = openMetrics("agent");
  const read = async (name: string) =>
    Number(new RegExp(`^${name} (\\S+)$`, "m").exec(await metrics.text())?.[1]);
  const cpu = await read("process_cpu_seconds_total");
  assert(cpu > 0 && cpu < 3600, `${cpu}`);
  for (let turns = 0; await read("process_cpu_seconds_total") <= cpu; turns++) {
    assert(turns < 10_000, "the counter stands still");
  }
  assert(await read("process_resident_memory_bytes") > 10e6);
  const start = await read("process_start_time_seconds");
  assertEquals(start, performance.timeOrigin / 1000);
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
