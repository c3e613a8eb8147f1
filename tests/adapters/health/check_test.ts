import { assertEquals } from "@std/assert";
import { systemClock } from "../../../mod/adapters/clock.ts";
import { askController } from "../../../mod/adapters/health/health_client.ts";
import { openHealth } from "../../../mod/adapters/health/health_server.ts";
import { HealthState } from "../../../mod/adapters/health/health_state.ts";
import { openMetrics } from "../../../mod/adapters/prom_metrics.ts";
import { checkInstallation } from "../../../mod/pure/installation_check.ts";
import { never } from "../../harness/signals.ts";

Deno.test("a controller is found well when it is ready and a report of an agent came back", async () => {
  await using controller = open();
  const { state, metrics, look } = controller;
  assertEquals(await look(), { ok: false, lines: [STARTED, NO_AGENT] });
  state.set("kubernetes", true);
  state.set("nats", false, "Cannot reach NATS at nats://nats:4222");
  assertEquals(await look(), {
    ok: false,
    lines: ["failed: nats: Cannot reach NATS at nats://nats:4222", NO_AGENT],
  });
  state.set("nats", true);
  metrics.gauge("warm_images_agents", 0, { state: "fresh" });
  assertEquals(await look(), { ok: false, lines: ["ok: ready (kubernetes, nats)", NO_AGENT] });
  metrics.gauge("warm_images_agents", 3, { state: "fresh" });
  metrics.gauge("warm_images_agents", 1, { state: "missing" });
  metrics.gauge("warm_images_wanted", 12);
  metrics.gauge("warm_images_warm", 30);
  assertEquals(await look(), {
    ok: true,
    lines: [
      "ok: ready (kubernetes, nats)",
      "ok: nodes whose agent reports: 3, silent: 0, without: 1",
      "ok: images wanted: 12, warm on all nodes: 30",
    ],
  });
});

Deno.test("what answers as no controller does is said to be none", () => {
  for (const readiness of [undefined, "ok", { ready: "yes" }, { ready: true }]) {
    const { ok, lines } = checkInstallation({ readiness, metrics: "<html>" });
    assertEquals([ok, lines[0]], [false, "failed: what answers at /readyz is no controller"]);
  }
});

const STARTED = "failed: it has just been started";
const NO_AGENT = "failed: no agent has reported yet";

/** The health server of a controller. */
function open() {
  const [state, metrics] = [new HealthState(systemClock), openMetrics("controller")];
  const address = { hostname: "127.0.0.1", port: 0 };
  const server = openHealth({ address, state, metrics, title: "warm-images controller" });
  const url = `http://127.0.0.1:${server.address?.port}`;
  return {
    ...{ state, metrics },
    look: async () => checkInstallation(await askController(url, never())),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
