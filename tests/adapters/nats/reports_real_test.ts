import { assertRejects } from "@std/assert";
import { BucketView } from "../../../mod/flow/bucket_view.ts";
import type { ImageReport } from "../../../mod/pure/bucket/agent_wire.ts";
import { LIMITS } from "../../../mod/pure/bucket/limits.ts";
import { reportEntries } from "../../../mod/pure/bucket/report_parts.ts";
import { beatKey } from "../../../mod/pure/bucket/state_keys.ts";
import { WriteForbiddenError } from "../../../mod/pure/bucket/store_errors.ts";
import { recordingLogger, recordingMetrics } from "../../harness/fakes/quiet.ts";
import { asNatsUser, sharedNatsConfig } from "../../harness/servers/nats_permissions.ts";
import { startNatsServer } from "../../harness/servers/nats_server.ts";
import { openTestStore } from "../../harness/servers/nats_stores.ts";
import { realTest, reasonToSkip } from "../../harness/servers/skipping.ts";
import { never } from "../../harness/signals.ts";
import { waitUntil } from "../../harness/wait.ts";

const NODE = "ip-10-0-0-1.ec2.internal";
const at = "2026-01-01T00:00:00.000Z";

for (const tool of ["nats-server", "nats-server-of-chart"] as const) {
  const skip = await reasonToSkip(tool);

  realTest(
    `a report of 8,000 images and one of 2,000 long failures pass ${tool}`,
    skip,
    async () => {
      await using nats = await startNatsServer({ tool, config: await sharedNatsConfig(NODE) });
      await using controller = openTestStore(asNatsUser(nats.settings, "controller"), "controller");
      await using agent = openTestStore(asNatsUser(nats.settings, NODE), "agent");
      await controller.untilReady();
      await agent.untilReady();
      const metrics = recordingMetrics();
      const clock = { wallMs: () => Date.now(), monotonicMs: () => performance.now() };
      const view = new BucketView({ logger: recordingLogger(), metrics, clock });
      const stop = new AbortController();
      const following = view.follow(controller.store, { signal: stop.signal, changed: () => {} });
      const images: Record<string, ImageReport> = {};
      for (let i = 0; i < 8_000; i++) {
        images[`registry.example/team/app-${i}:1`] = { state: "warm", since: at, bytes: 1e9 };
      }
      for (let i = 0; i < 2_000; i++) {
        const reason = `not_found: ${"ü".repeat(500)}`;
        images[`registry.example/lost/app-${i}:1`] = { state: "failed", since: at, reason };
      }
      const content = { node: NODE, agent: "test", images };
      for (const { key, value } of reportEntries(content, { at, partBytes: LIMITS.partBytes })) {
        await agent.store.put(key, value, { signal: never() });
      }
      await waitUntil("it is read whole", () => view.agents.warm === 8_000);
      await assertRejects(
        () => agent.store.put(beatKey("other"), "{}", { signal: never() }),
        WriteForbiddenError,
        "beat.other",
      );
      stop.abort();
      await following;
    },
  );
}
